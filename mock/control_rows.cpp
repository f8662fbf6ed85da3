// What the control can do: the world, its clock, and what came in.

#include <algorithm>

#include "admin/json.h"
#include "http/url.h"
#include "mock/control.h"
#include "mock/duration.h"
#include "pki/messages/mock.h"
#include "pki/number.h"
#include "registry/resident_id.h"

namespace mock {

namespace {

namespace json = boost::json;
using admin::Answer;
using admin::FieldReader;
using http::Method;

// Of both ends: a frozen clock is said so, and more than a century in a second is no use.
constexpr double kRateMax = 4e9;

pki::Result<std::optional<double>> take_rate(json::object& body) {
  const json::value* value = body.if_contains("rate");
  if (value == nullptr || value->is_null()) return std::optional<double>{};
  boost::system::error_code wrong;
  const double rate = value->is_number() ? value->to_number<double>(wrong) : 0.0;
  if (wrong || !(rate > 0) || rate > kRateMax) return pki::invalid("rate", messages::rate_form);
  body.erase("rate");
  return std::optional(rate);
}

pki::Result<std::optional<pki::Time>> read_moment(FieldReader& fields, const pki::Clock& clock) {
  TRY_ASSIGN(const auto now, fields.text("now"));
  TRY_ASSIGN(const auto advance, fields.text("advance"));
  if (now && advance) return pki::invalid("advance", messages::now_or_advance);
  if (now) {
    const auto moment = pki::parse_rfc3339(*now);
    if (!moment) return pki::invalid("now", messages::moment_form);
    TRY(check_moment("now", *moment));
    return std::optional(*moment);
  }
  if (!advance) return std::optional<pki::Time>{};
  TRY_ASSIGN(const Duration duration, parse_duration("advance", *advance));
  const pki::Time moment = later(clock.now(), duration);
  TRY(check_moment("advance", moment));
  return std::optional(moment);
}

pki::Result<ClockMove> read_move(json::object body, const pki::Clock& clock) {
  ClockMove move;
  TRY_ASSIGN(const auto rate, take_rate(body));
  FieldReader fields(body);
  TRY_ASSIGN(move.to, read_moment(fields, clock));
  const bool says_frozen = body.contains("frozen");
  TRY_ASSIGN(const bool frozen, fields.flag("frozen"));
  TRY_ASSIGN(move.every_list, fields.flag("every_list"));
  TRY(fields.finish());
  if (frozen && rate) return pki::invalid("rate", messages::frozen_without_rate);
  if (frozen) move.course = ClockCourse{.mode = ClockMode::frozen};
  if (rate || (says_frozen && !frozen))
    move.course = ClockCourse{.mode = ClockMode::running, .rate = rate.value_or(1)};
  if (!move.to && !move.course) return pki::invalid("now", messages::clock_change_missing);
  if (move.every_list && !move.to) return pki::invalid("every_list", messages::every_list_alone);
  return move;
}

// Registers a resident and, with "issue", makes the card.
pki::Result<Answer> add_resident(Simulation& simulation, const ControlCall& call) {
  json::object body = call.body;
  FieldReader fields(call.body);
  TRY_ASSIGN(const bool issue, fields.flag("issue"));
  body.erase("issue");
  const http::Response registered =
      simulation.administer(Method::post, "/v1/residents", {}, pki::as_bytes(json::serialize(body)));
  const auto* bytes = std::get_if<pki::Bytes>(&registered.body);
  const json::value answer = json::parse(bytes != nullptr ? pki::as_text(*bytes) : "{}");
  if (registered.status != 201) return Answer{.status = registered.status, .body = answer};
  TRY_ASSIGN(const auto id, registry::parse_resident_id(std::string_view(answer.at("id").as_string())));
  TRY_ASSIGN(json::object person, simulation.enlist(id, issue));
  return Answer{.status = 201, .body = std::move(person)};
}

// The member that names a snapshot.
pki::Result<std::string> read_name(const ControlCall& call, std::string_view member,
                                   std::optional<std::string> otherwise) {
  FieldReader fields(call.body);
  TRY_ASSIGN(auto name, fields.text(member));
  TRY(fields.finish());
  if (!name) name = std::move(otherwise);
  if (!name) return pki::invalid(std::string(member), {messages::snapshot_name_missing, member});
  return *name;
}

pki::Result<std::size_t> read_last(const http::Request& request) {
  const auto text = http::query_value(request.query, "last");
  if (!text) return Journal::kKept;
  const auto last = pki::parse_number<std::size_t>(*text);
  if (!last || *last == 0 || *last > Journal::kKept)
    return pki::invalid("last", {messages::last_form, std::to_string(Journal::kKept)});
  return *last;
}

// The library, by name.
json::array describe_library() {
  json::array list;
  for (const LibraryScenario& one : scenario_library()) {
    const auto scenario = parse_scenario(one.text, one.name);
    list.push_back(json::object{{"name", one.name}, {"title", scenario ? scenario->title : std::string()}});
  }
  return list;
}

pki::Result<Answer> play_scenario(Simulation& simulation, const ControlCall& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const auto name, fields.text("name"));
  TRY_ASSIGN(const auto toml, fields.text("toml"));
  TRY(fields.finish());
  if (name.has_value() == toml.has_value()) return pki::invalid("name", messages::scenario_missing);
  if (name && std::ranges::count(scenario_library(), *name, &LibraryScenario::name) == 0)
    return pki::invalid("name", {messages::scenario_unknown, *name});
  auto scenario = name ? load_scenario(*name) : parse_scenario(*toml, "toml");
  // What is wrong with a text in a member is no malformed request.
  if (scenario.has_error() && scenario.error().code == pki::Errc::malformed)
    return pki::invalid("toml", scenario.error().message);
  TRY_ASSIGN(const Scenario understood, std::move(scenario));
  TRY(simulation.play(understood));
  return Answer{.status = 201,
                .body = json::object{{"title", understood.title},
                                     {"clock", simulation.describe_clock()},
                                     {"residents", simulation.describe_residents()}}};
}

pki::Error no_fault(const std::string& id) {
  return pki::fail(pki::Errc::not_found, {messages::fault_id_unknown, id});
}

}  // namespace

std::vector<ControlRow> world_rows(Simulation& simulation) {
  return {{{Method::get, "/mock"},
           [&](const ControlCall&) -> pki::Result<Answer> { return Answer{.body = simulation.describe()}; }},
          {{Method::get, "/mock/residents"},
           [&](const ControlCall&) -> pki::Result<Answer> {
             return Answer{.body = json::object{{"residents", simulation.describe_residents()}}};
           }},
          {{Method::post, "/mock/residents"},
           [&](const ControlCall& call) { return add_resident(simulation, call); }},
          {{Method::get, "/mock/verifiers"},
           [&](const ControlCall&) -> pki::Result<Answer> {
             return Answer{.body = json::object{{"verifiers", simulation.verifiers()}}};
           }},
          {{Method::get, "/mock/scenarios"},
           [](const ControlCall&) -> pki::Result<Answer> {
             return Answer{.body = json::object{{"scenarios", describe_library()}}};
           }},
          {{Method::post, "/mock/scenarios"},
           [&](const ControlCall& call) { return play_scenario(simulation, call); }},
          {{Method::get, "/mock/snapshot"},
           [&](const ControlCall&) -> pki::Result<Answer> {
             return Answer{.body = json::object{{"snapshots", simulation.describe_snapshots()}}};
           }},
          {{Method::post, "/mock/snapshot"},
           [&](const ControlCall& call) -> pki::Result<Answer> {
             TRY_ASSIGN(const std::string name, read_name(call, "name", std::nullopt));
             TRY(simulation.take_snapshot(name));
             return Answer{.status = 201, .body = json::object{{"name", name}}};
           }},
          {{Method::post, "/mock/reset"}, [&](const ControlCall& call) -> pki::Result<Answer> {
             TRY_ASSIGN(const std::string name, read_name(call, "to", "start"));
             TRY(simulation.reset(name));
             return Answer{.body = json::object{{"name", name}, {"clock", simulation.describe_clock()}}};
           }}};
}

std::vector<ControlRow> clock_rows(Simulation& simulation, const pki::Clock& clock) {
  return {{{Method::get, "/mock/clock"},
           [&](const ControlCall&) -> pki::Result<Answer> {
             return Answer{.body = simulation.describe_clock()};
           }},
          {{Method::put, "/mock/clock"}, [&](const ControlCall& call) -> pki::Result<Answer> {
             TRY_ASSIGN(const ClockMove move, read_move(call.body, clock));
             TRY(simulation.move_clock(move));
             return Answer{.body = simulation.describe_clock()};
           }}};
}

std::vector<ControlRow> request_rows(Journal& journal, Front& front) {
  return {
      {{Method::get, "/mock/requests", {}, {"last"}},
       [&](const ControlCall& call) -> pki::Result<Answer> {
         TRY_ASSIGN(const std::size_t last, read_last(call.request));
         const auto world = front.use();
         json::array requests;
         for (const auto& exchange : journal.last(last))
           requests.push_back(describe(*exchange, **world));
         return Answer{.body = json::object{{"count", journal.count()}, {"requests", std::move(requests)}}};
       }},
      {{Method::delete_, "/mock/requests"}, [&](const ControlCall&) -> pki::Result<Answer> {
         journal.forget();
         return Answer{.body = json::object{{"count", 0}}};
       }}};
}

std::vector<ControlRow> fault_rows(Faults& faults) {
  const auto id_of = [](const ControlCall& call) {
    return pki::parse_number<std::uint64_t>(call.parameters.at(0)).value_or(0);
  };
  return {{{Method::get, "/mock/faults"},
           [&](const ControlCall&) -> pki::Result<Answer> {
             return Answer{.body = json::object{{"faults", faults.describe()}}};
           }},
          {{Method::post, "/mock/faults"},
           [&](const ControlCall& call) -> pki::Result<Answer> {
             TRY_ASSIGN(Fault fault, read_fault(call.body));
             return Answer{.status = 201, .body = *faults.describe(faults.add(std::move(fault)))};
           }},
          {{Method::delete_, "/mock/faults"},
           [&](const ControlCall&) -> pki::Result<Answer> {
             faults.clear();
             return Answer{.body = json::object{{"faults", json::array{}}}};
           }},
          {{Method::get, "/mock/faults/{id}"},
           [&faults, id_of](const ControlCall& call) -> pki::Result<Answer> {
             const auto found = faults.describe(id_of(call));
             if (!found) return no_fault(call.parameters.at(0));
             return Answer{.body = *found};
           }},
          {{Method::delete_, "/mock/faults/{id}"},
           [&faults, id_of](const ControlCall& call) -> pki::Result<Answer> {
             if (!faults.remove(id_of(call))) return no_fault(call.parameters.at(0));
             return Answer{.body = json::object{{"faults", faults.describe()}}};
           }}};
}

}  // namespace mock
