// Reading scenarios with toml++, strictly: every key is known, and an error names line and key.

#include "mock/scenario.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "mock/duration.h"
#include "mock/faults.h"
#include "pki/file.h"
#include "pki/messages/mock.h"

namespace mock {

namespace json = boost::json;

namespace {

constexpr std::string_view kToday = "today";

using Kind = ScenarioStep::Kind;
constexpr std::array kKinds = {std::pair{std::string_view("event"), Kind::event},
                               std::pair{std::string_view("fault"), Kind::fault},
                               std::pair{std::string_view("publish"), Kind::publish},
                               std::pair{std::string_view("renew"), Kind::renew},
                               std::pair{std::string_view("heal"), Kind::heal},
                               std::pair{std::string_view("lock"), Kind::lock},
                               std::pair{std::string_view("consent"), Kind::consent},
                               std::pair{std::string_view("new_generation"), Kind::new_generation}};
// The same in words.
constexpr const char* kKindNames = "event, fault, publish, renew, heal, lock, consent, new_generation";

constexpr std::array kCardContents = {std::pair{std::string_view("both"), CardContentWish::both},
                                      std::pair{std::string_view("auth"), CardContentWish::auth},
                                      std::pair{std::string_view("none"), CardContentWish::none}};

bool is_about_someone(Kind kind) {
  return kind == Kind::event || kind == Kind::renew || kind == Kind::lock || kind == Kind::consent;
}

std::uint32_t line_of(const toml::node& node) {
  return static_cast<std::uint32_t>(node.source().begin.line);
}

// The day that a relative text names.
pki::Result<std::string> day_of(std::string_view key, std::string_view text, pki::Time now) {
  std::string_view rest = text.substr(kToday.size());
  pki::Date day = pki::jst_date(now);
  if (!rest.empty()) {
    const bool is_back = rest.front() == '-';
    const bool has_sign = is_back || rest.front() == '+';
    if (!has_sign) return pki::invalid(std::string(key), messages::day_form);
    TRY_ASSIGN(Duration by, parse_duration(key, rest.substr(1)));
    if (is_back) by = {.years = -by.years, .months = -by.months, .days = -by.days, .seconds = -by.seconds};
    day = pki::jst_date(later(now, by));
  }
  return pki::to_string(day);
}

}  // namespace

std::optional<pki::Time> read_given(std::string_view text, pki::Time now) {
  if (const auto moment = pki::parse_rfc3339(text)) return *moment;
  std::string day(text);
  if (text.starts_with(kToday)) {
    const auto relative = day_of("consent", text, now);
    if (!relative) return std::nullopt;
    day = *relative;
  }
  const auto date = pki::parse_date(day);
  if (!date) return std::nullopt;
  return pki::jst_start_of_day(*date);
}

namespace {

class Reader final {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  [[nodiscard]] pki::Result<Scenario> read(const toml::table& table) const {
    Scenario scenario;
    scenario.file = file_;
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      if (name == "title") {
        TRY_ASSIGN(scenario.title, text(node, name));
      } else if (name == "resident") {
        TRY(read_list(node, name, [&](const toml::table& one) { return add_resident(scenario, one); }));
      } else if (name == "step") {
        TRY(read_list(node, name, [&](const toml::table& one) { return add_step(scenario, one); }));
      } else {
        return wrong(line_of(node), name, messages::scenario_keys);
      }
    }
    TRY(check_names(scenario));
    return scenario;
  }

 private:
  [[nodiscard]] pki::Error wrong(std::uint32_t line, std::string_view key, const pki::Message& what) const {
    return pki::invalid(std::string(key), {messages::at_line_key, file_, std::to_string(line), key, what});
  }

  template <typename Add>
  [[nodiscard]] pki::Result<void> read_list(const toml::node& node, std::string_view key, Add add) const {
    const auto* list = node.as_array();
    if (list == nullptr) return wrong(line_of(node), key, {messages::table_form, key});
    for (const toml::node& one : *list) {
      if (one.as_table() == nullptr) return wrong(line_of(one), key, {messages::table_form, key});
      TRY(add(*one.as_table()));
    }
    return {};
  }

  [[nodiscard]] pki::Result<std::string> text(const toml::node& node, std::string_view key) const {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) return wrong(line_of(node), key, messages::text_in_quotes);
    return *value;
  }

  // A value as JSON has it.
  [[nodiscard]] pki::Result<json::value> value(const toml::node& node, std::string_view key) const {
    if (const auto found = node.value_exact<std::string>()) {
      if (found->starts_with(kToday)) {
        const auto day = day_of(key, *found, pki::Time{});
        if (day.has_error()) return wrong(line_of(node), key, day.error().message);
      }
      return json::value(*found);
    }
    if (const auto found = node.value_exact<bool>()) return json::value(*found);
    if (const auto found = node.value_exact<std::int64_t>()) return json::value(*found);
    if (const auto found = node.value_exact<double>()) return json::value(*found);
    return wrong(line_of(node), key, messages::value_form);
  }

  [[nodiscard]] pki::Result<void> add_resident(Scenario& scenario, const toml::table& table) const {
    ScenarioResident resident;
    resident.line = line_of(table);
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      if (name == "as") {
        TRY_ASSIGN(resident.name, text(node, name));
      } else if (name == "card") {
        TRY_ASSIGN(const std::string card, text(node, name));
        const auto found =
            std::ranges::find_if(kCardContents, [&](const auto& content) { return content.first == card; });
        if (found == kCardContents.end()) return wrong(line_of(node), name, messages::card_form);
        resident.card = found->second;
      } else {
        TRY_ASSIGN(resident.items[name], value(node, name));
      }
    }
    if (resident.name.empty()) return wrong(resident.line, "as", messages::resident_without_name);
    scenario.residents.push_back(std::move(resident));
    return {};
  }

  [[nodiscard]] pki::Result<void> add_step(Scenario& scenario, const toml::table& table) const {
    ScenarioStep step;
    step.line = line_of(table);
    std::size_t kinds = 0;
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      const auto kind = std::ranges::find(kKinds, name, [](const auto& one) { return one.first; });
      if (kind != kKinds.end()) {
        step.kind = kind->second;
        ++kinds;
      }
      if (name == "after") {
        TRY_ASSIGN(step.after, text(node, name));
        const auto duration = parse_duration(name, step.after);
        if (duration.has_error()) return wrong(line_of(node), name, duration.error().text());
      } else if (name == "resident") {
        TRY_ASSIGN(step.resident, text(node, name));
      } else {
        TRY_ASSIGN(step.body[name], value(node, name));
      }
    }
    if (kinds != 1) return wrong(step.line, "step", {messages::step_kind, kKindNames});
    TRY(check_step(step));
    scenario.steps.push_back(std::move(step));
    return {};
  }

  // What can be known before anything happens.
  [[nodiscard]] pki::Result<void> check_step(const ScenarioStep& step) const {
    if (is_about_someone(step.kind) && step.resident.empty())
      return wrong(step.line, "resident", messages::step_of_whom);
    if (!is_about_someone(step.kind) && !step.resident.empty())
      return wrong(step.line, "resident", messages::step_without_resident);
    if (step.kind == Kind::fault) {
      const auto read = read_fault(step.body);
      if (read.has_error()) return wrong(step.line, read.error().field, read.error().text());
    }
    if (step.kind == Kind::renew || step.kind == Kind::lock) {
      const char* const name = step.kind == Kind::renew ? "renew" : "lock";
      const json::value& kind = step.body.at(name);
      const bool is_kind = kind.is_string() && (kind.get_string() == "sign" || kind.get_string() == "auth");
      if (!is_kind)
        return wrong(step.line, name,
                     step.kind == Kind::renew ? messages::renew_order : messages::lock_which);
    }
    if (step.kind == Kind::consent) {
      const json::value& given = step.body.at("consent");
      if (!given.is_string() || !read_given(given.get_string(), pki::Time{}))
        return wrong(step.line, "consent", messages::consent_given_form);
    }
    const bool is_alone = step.kind != Kind::event && step.kind != Kind::fault;
    if (is_alone && step.body.size() != 1) return wrong(step.line, "step", messages::step_members);
    return {};
  }

  [[nodiscard]] pki::Result<void> check_names(const Scenario& scenario) const {
    for (std::size_t i = 0; i < scenario.residents.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (scenario.residents[i].name == scenario.residents[j].name)
          return wrong(scenario.residents[i].line, "as", {messages::names_equal, scenario.residents[i].name});
    for (const ScenarioStep& step : scenario.steps)
      if (!step.resident.empty() &&
          std::ranges::count(scenario.residents, step.resident, &ScenarioResident::name) == 0)
        return wrong(step.line, "resident", {messages::name_unknown, step.resident});
    return {};
  }

  std::string file_;
};

}  // namespace

pki::Time Scenario::end(pki::Time begin) const {
  pki::Time at = begin;
  for (const ScenarioStep& step : steps)
    if (!step.after.empty()) at = later(at, pki::or_throw(parse_duration("after", step.after)));
  return at;
}

pki::Result<Scenario> parse_scenario(std::string_view text, std::string_view file) {
  try {
    return Reader(file).read(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    return pki::fail(pki::Errc::malformed, {messages::at_line, file,
                                            std::to_string(error.source().begin.line), error.description()});
  }
}

pki::Result<json::object> with_days(const json::object& items, pki::Time now) {
  json::object result = items;
  for (auto& member : result) {
    if (!member.value().is_string()) continue;
    const std::string text(member.value().get_string());
    if (!text.starts_with(kToday)) continue;
    TRY_ASSIGN(const std::string day, day_of(member.key(), text, now));
    member.value() = day;
  }
  return result;
}

pki::Result<Scenario> load_scenario(const std::string& name_or_file) {
  std::string known;
  for (const LibraryScenario& one : scenario_library()) {
    if (one.name == name_or_file) return parse_scenario(one.text, one.name);
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  const auto text = pki::read_file(name_or_file);
  if (!text) return pki::invalid("scenario", {messages::no_scenario_or_file, name_or_file, known});
  return parse_scenario(*text, name_or_file);
}

}  // namespace mock
