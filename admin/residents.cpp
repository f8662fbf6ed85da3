// /v1/residents: entry in the register, look-up, history.

#include <algorithm>
#include <array>
#include <map>

#include "admin/api.h"
#include "admin/event_json.h"
#include "admin/events.h"
#include "admin/resident_lookup.h"
#include "law/event_items.h"
#include "law/permission.h"
#include "pki/birth_date.h"
#include "pki/messages/admin.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/events.h"
#include "registry/municipalities.h"
#include "registry/residents.h"

namespace admin {

namespace {

using registry::Resident;

constexpr std::size_t kPageMax = 1'000;
// Records that one page opens at most: some tenths of a second, whatever a filter finds among a nation.
constexpr std::size_t kOpenedMost = 20'000;

json::object to_json(const Resident& resident) {
  // Their clocks stand still.
  const bool is_removed = resident.residency == registry::Residency::removed;
  return {
      {"id", to_string(resident.id)},
      {"state", to_string(resident.residency)},
      {"version", resident.version},
      {"name", resident.name},
      {"furigana", resident.furigana},
      {"former_name", resident.former_name},
      {"alias", resident.alias},
      {"birth", pki::to_string(resident.birth)},
      {"sex", to_string(resident.sex)},
      {"municipality", registry::municipality_code_text(resident.municipality)},
      {"address", resident.address},
      {"card_expires", date_or_null(resident.card_expires)},
      {"abroad", date_or_null(resident.left_japan)},
      {"removed_on", date_or_null(resident.removed_on)},
      {"leaves_on", is_removed || !resident.departure ? nullptr : date_or_null(resident.departure->planned)},
      {"returned_on", is_removed ? nullptr : date_or_null(resident.returned_on)},
      {"card_lapsed_on", date_or_null(resident.card_lapsed_on)},
      {"adult_ward", resident.is_adult_ward},
      {"foreign", resident.is_foreign}};
}

// The four items and what goes with them, checked as far as one entry can be.
pki::Result<Resident> read_resident(const RequestContext& call) {
  FieldReader fields(call.body);
  Resident resident;
  TRY_ASSIGN(const auto id, fields.text("id"));
  if (id) {
    TRY_ASSIGN(resident.id, registry::parse_resident_id(*id));
  }
  TRY_ASSIGN(resident.name, fields.required_text("name"));
  TRY(law::check_register_text("name", resident.name, law::kNameCharactersMax));
  TRY_ASSIGN(const auto birth, read_birth(fields));
  if (!birth) return pki::invalid("birth", messages::birth_missing_unknown_parts);
  resident.birth = *birth;
  TRY_ASSIGN(const std::string sex, fields.required_text("sex"));
  const auto parsed_sex = registry::parse_sex(sex);
  if (!parsed_sex) return pki::invalid("sex", messages::sex_form);
  resident.sex = *parsed_sex;
  TRY_ASSIGN(const std::string municipality, fields.required_text("municipality"));
  TRY_ASSIGN(resident.municipality, registry::parse_municipality_code(municipality));
  TRY_ASSIGN(resident.left_japan, fields.date("abroad"));
  TRY_ASSIGN(auto address, fields.text("address"));
  resident.address = address.value_or("");
  if (resident.left_japan) {
    resident.residency = registry::Residency::abroad;
    if (!resident.address.empty()) return pki::invalid("address", messages::abroad_without_address);
  } else {
    TRY(law::check_register_text("address", resident.address, law::kAddressCharactersMax));
  }
  for (const auto& [field, member] :
       {std::pair{"furigana", &Resident::furigana}, std::pair{"former_name", &Resident::former_name},
        std::pair{"alias", &Resident::alias}}) {
    TRY_ASSIGN(auto value, fields.text(field));
    if (!value || value->empty()) continue;
    TRY(law::check_register_text(field, *value, law::kNameCharactersMax));
    resident.*member = std::move(*value);
  }
  TRY_ASSIGN(resident.card_expires, fields.date("card_expires"));
  TRY_ASSIGN(resident.is_adult_ward, fields.flag_or_text("adult_ward"));
  TRY_ASSIGN(resident.is_foreign, fields.flag_or_text("foreign"));
  TRY(fields.finish());
  const pki::Date today = pki::jst_date(call.services.clock.now());
  TRY(law::check_entry(resident, today));
  // A date of which nothing is known has no day to check.
  if (resident.birth.year() != std::chrono::year{0}) {
    TRY(law::check_birth_date(resident.birth, today));
  }
  return resident;
}

// A free id, the search starting where the number of residents suggests one.
registry::ResidentId free_id(store::CommandContext& context, const store::Vault& vault) {
  for (std::uint64_t candidate = 1'000'000'000 + context.transaction.count(registry::tables::residents);;
       ++candidate) {
    const auto id = registry::make_resident_id(candidate);
    if (!registry::find_resident(context.transaction, vault, id)) return id;
  }
}

pki::Result<Answer> add(const RequestContext& call) {
  TRY_ASSIGN(Resident resident, read_resident(call));
  TRY_ASSIGN(const registry::Actor actor, call.actor_for_resident(resident.municipality));
  TRY(law::check_may_register(law::acting_for(call.services.environment.read(), actor, resident.municipality),
                              resident.municipality));
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(actor, "resident add", answer, [&](store::CommandContext& context) -> pki::Result<void> {
    TRY(law::check_place_of_residence(context.transaction, resident.municipality));
    if (resident.residency == registry::Residency::resident) {
      TRY(law::check_address(context.transaction, resident.address, resident.municipality,
                             call.services.register_policy.addresses));
    }
    Resident entry = resident;
    if (entry.id.value == 0) entry.id = free_id(context, call.services.vault);
    if (registry::find_resident(context.transaction, call.services.vault, entry.id))
      return pki::fail(pki::Errc::already_exists, {messages::resident_exists, to_string(entry.id)});
    registry::put_resident(context.transaction, call.services.vault, entry);
    context.subjects = {"resident " + to_string(entry.id)};
    answer.body = to_json(entry);
    return {};
  }));
  return answer;
}

pki::Result<Answer> show(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const Resident resident, find_within_reach(call, transaction));
  TRY(call.look(resident.municipality, "resident show", "resident " + to_string(resident.id)));
  return Answer{.body = to_json(resident)};
}

// Whether the resident is an adult ward from now on: nothing that a certificate says or that makes one fall,
// so it is no event.
pki::Result<Answer> set_guardianship(const RequestContext& call) {
  FieldReader fields(call.body);
  if (!call.body.contains("adult_ward")) return pki::invalid("adult_ward", messages::adult_ward_missing);
  TRY_ASSIGN(const bool is_adult_ward, fields.flag_or_text("adult_ward"));
  TRY(fields.finish());
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const Resident present, find_within_reach(call, transaction));
  TRY_ASSIGN(const registry::Actor actor, call.actor_for_resident(present.municipality));
  Answer answer{.body = {}};
  TRY(call.execute(actor, "resident guardianship", answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(Resident resident, find_within_reach(call, context.transaction));
                     resident.is_adult_ward = is_adult_ward;
                     registry::put_resident(context.transaction, call.services.vault, resident);
                     context.subjects = {"resident " + to_string(resident.id)};
                     answer.body = to_json(resident);
                     return {};
                   }));
  return answer;
}

// In the place of a record that does not open.
json::object unreadable(registry::ResidentId id) {
  return {{"id", to_string(id)}, {"unreadable", true}};
}

// What a list is asked for; an empty member asks for nothing.
struct ResidentFilter {
  std::optional<std::uint32_t> municipality;
  std::string name, state;

  [[nodiscard]] bool admits(const Resident& resident) const {
    if (municipality && resident.municipality != *municipality) return false;
    if (!state.empty() && to_string(resident.residency) != state) return false;
    if (name.empty()) return true;
    return std::ranges::any_of(
        std::array{&resident.name, &resident.furigana, &resident.former_name, &resident.alias},
        [&](const std::string* text) { return text->find(name) != std::string::npos; });
  }
};

pki::Result<ResidentFilter> read_filter(const RequestContext& call) {
  ResidentFilter filter{
      .municipality = {}, .name = call.query("name").value_or(""), .state = call.query("state").value_or("")};
  if (const auto code = call.query("municipality")) {
    TRY_ASSIGN(filter.municipality, registry::parse_municipality_code(*code));
  }
  using enum registry::Residency;
  const bool is_known = std::ranges::any_of(
      std::array{resident, abroad, removed, moved_out},
      [&](registry::Residency residency) { return to_string(residency) == filter.state; });
  if (!filter.state.empty() && !is_known) return pki::invalid("state", messages::resident_state_form);
  return filter;
}

// Whose residents a list may show, asked once for each municipality.
class Reachable final {
 public:
  Reachable(const RequestContext& call, const store::ReadTransaction& transaction)
      : call_(call), transaction_(transaction) {}

  bool operator()(std::uint32_t municipality) {
    const auto [known, is_new] = known_.try_emplace(municipality, false);
    if (is_new) {
      const auto actor = call_.actor_for(Action::read_register, municipality);
      known->second = actor.has_value() &&
                      require_reach(transaction_, *actor, Action::read_register, municipality).has_value();
    }
    return known->second;
  }

 private:
  const RequestContext& call_;
  const store::ReadTransaction& transaction_;
  std::map<std::uint32_t, bool> known_;
};

// What a page has found, and after which id the next one begins; absent at the end.
struct ResidentPage {
  std::vector<std::pair<registry::ResidentId, json::object>> found;
  std::optional<registry::ResidentId> next;

  // The caller may not be entitled to learn the id of the next record, so the page ends at a round number
  // before it.
  void end_before(registry::ResidentId id) {
    constexpr std::uint64_t kRound = 10'000;
    next = registry::make_resident_id(id.value / kRound * (kRound / 10) - 1);
    std::erase_if(found, [&](const auto& one) { return *next < one.first; });
  }
};

// A page of ids and what a list needs, of the residents that the caller may read; ?after=ID and ?limit=N go
// on from there. It may be empty before the end.
pki::Result<Answer> list(const RequestContext& call) {
  registry::ResidentId from{};
  if (const auto after = call.query("after")) {
    TRY_ASSIGN(const auto id, read_resident_id("after", *after));
    from = {id.value + 1};
  }
  TRY_ASSIGN(const std::size_t limit, call.page_limit(kPageMax));
  TRY_ASSIGN(const ResidentFilter filter, read_filter(call));
  const auto transaction = call.services.environment.read();
  Reachable is_reachable(call, transaction);
  ResidentPage page;
  registry::ResidentCursor rows(transaction, call.services.vault, from);
  for (std::size_t opened = 0; rows.valid() && !page.next; rows.next()) {
    if (page.found.size() == limit) {
      page.next = page.found.back().first;
    } else if (opened++ == kOpenedMost) {
      page.end_before(rows.id());
    } else if (const auto resident = rows.resident(); !resident) {
      page.found.emplace_back(rows.id(), unreadable(rows.id()));
    } else if (is_reachable(resident->municipality) && filter.admits(*resident)) {
      page.found.emplace_back(rows.id(), to_json(*resident));
    }
  }
  json::array residents;
  for (auto& [id, body] : page.found)
    residents.push_back(std::move(body));
  if (!residents.empty()) {
    const std::string subject =
        "residents " + to_string(page.found.front().first) + " to " + to_string(page.found.back().first);
    TRY(call.services.writer.execute({.actor = call.actor(),
                                      .action = "resident list",
                                      .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                        context.subjects = {subject};
                                        return {};
                                      }}));
  }
  json::value next;
  if (page.next) next = to_string(*page.next);
  return Answer{.body = json::object{{"residents", std::move(residents)}, {"next", std::move(next)}}};
}

json::object event_to_json(const registry::EventRecord& event) {
  json::array consequences;
  append_consequences(consequences, event);
  json::object items;
  for (const auto& [field, value] : event.items)
    items[to_string(field)] = value;
  json::object body{{"sequence", event.sequence},
                    {"event", to_string(event.event)},
                    {"date", pki::to_string(event.occurred_on)},
                    {"recorded_at", pki::to_rfc3339(event.recorded_at)},
                    {"recorded_by", to_string(event.actor)},
                    {"operator", event.actor.operator_name},
                    {"event_id", event.event_id},
                    {"items", std::move(items)},
                    {"certificates", std::move(consequences)}};
  if (event.feed_sequence) {
    body["feed"] = event.feed;
    body["feed_sequence"] = *event.feed_sequence;
  }
  return body;
}

pki::Result<Answer> history(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const Resident resident, find_within_reach(call, transaction));
  TRY(call.look(resident.municipality, "resident history", "resident " + to_string(resident.id)));
  json::array events;
  for (const auto& event : registry::events_of(transaction, call.services.vault, resident.id))
    events.push_back(event_to_json(event));
  return Answer{.body = json::object{{"resident", to_json(resident)}, {"events", std::move(events)}}};
}

}  // namespace

std::vector<ApiEndpoint> resident_endpoints() {
  using enum http::Method;
  return {{{post, "/v1/residents", Action::register_resident}, add},
          {{get, "/v1/residents", Action::read_register, {"after", "limit", "municipality", "name", "state"}},
           list},
          {{get, "/v1/residents/{id}", Action::read_register}, show},
          {{get, "/v1/residents/{id}/history", Action::read_register}, history},
          {{post, "/v1/residents/{id}/guardianship", Action::register_resident}, set_guardianship}};
}

}  // namespace admin
