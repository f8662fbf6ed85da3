// /v1/residents: entry in the register, look-up, history.

#include "registry/residents.h"
#include "admin/api.h"
#include "admin/event_json.h"
#include "admin/events.h"
#include "law/event_items.h"
#include "law/permission.h"
#include "pki/birth_date.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/events.h"
#include "registry/municipalities.h"

namespace admin {

namespace {

using registry::Resident;

constexpr std::size_t kPageMax = 1'000;

json::object to_json(const Resident& resident) {
  return {{"id", to_string(resident.id)},
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
          {"leaves_on", resident.departure ? date_or_null(resident.departure->planned) : nullptr},
          {"returned_on", date_or_null(resident.returned_on)},
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
  if (!birth)
    return pki::invalid("birth", "the field birth is missing: YYYY-MM-DD, with 00 for what is unknown");
  resident.birth = *birth;
  TRY_ASSIGN(const std::string sex, fields.required_text("sex"));
  const auto parsed_sex = registry::parse_sex(sex);
  if (!parsed_sex) return pki::invalid("sex", "the sex must be male, female or unknown");
  resident.sex = *parsed_sex;
  TRY_ASSIGN(const std::string municipality, fields.required_text("municipality"));
  TRY_ASSIGN(resident.municipality, registry::parse_municipality_code(municipality));
  TRY_ASSIGN(resident.left_japan, fields.date("abroad"));
  TRY_ASSIGN(auto address, fields.text("address"));
  resident.address = address.value_or("");
  if (resident.left_japan) {
    resident.residency = registry::Residency::abroad;
    if (!resident.address.empty())
      return pki::invalid("address", "people abroad have no address in the register: leave it out");
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
  TRY(law::check_residency(resident, today));
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
  const registry::Actor actor = call.actor_for_resident(resident.municipality);
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
      return pki::fail(pki::Errc::already_exists,
                       "resident " + to_string(entry.id) + " is in the register already");
    registry::put_resident(context.transaction, call.services.vault, entry);
    context.subjects = {"resident " + to_string(entry.id)};
    answer.body = to_json(entry);
    return {};
  }));
  return answer;
}

pki::Result<Resident> find(const RequestContext& call, const store::ReadTransaction& transaction) {
  TRY_ASSIGN(const auto id, registry::parse_resident_id(call.parameters.at(0)));
  return registry::get_resident(transaction, call.services.vault, id);
}

pki::Result<Answer> show(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const Resident resident, find(call, transaction));
  return Answer{.body = to_json(resident)};
}

// Whether the resident is an adult ward from now on: nothing that a certificate says or that makes one fall,
// so it is no event.
pki::Result<Answer> set_guardianship(const RequestContext& call) {
  FieldReader fields(call.body);
  if (!call.body.contains("adult_ward"))
    return pki::invalid("adult_ward", "say whether the resident is an adult ward: true or false");
  TRY_ASSIGN(const bool is_adult_ward, fields.flag_or_text("adult_ward"));
  TRY(fields.finish());
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const Resident present, find(call, transaction));
  const registry::Actor actor = call.actor_for_resident(present.municipality);
  Answer answer{.body = {}};
  TRY(call.execute(
      actor, "resident guardianship", answer, [&](store::CommandContext& context) -> pki::Result<void> {
        TRY_ASSIGN(Resident resident,
                   registry::get_resident(context.transaction, call.services.vault, present.id));
        TRY(law::check_may_register(law::acting_for(context.transaction, actor, resident.municipality),
                                    resident.municipality));
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

// A page of ids and what a list needs; ?after=ID and ?limit=N go on from there.
pki::Result<Answer> list(const RequestContext& call) {
  registry::ResidentId from{};
  if (const auto after = call.query("after")) {
    TRY_ASSIGN(const auto id, read_resident_id("after", *after));
    from = {id.value + 1};
  }
  TRY_ASSIGN(const std::size_t limit, call.page_limit(kPageMax));
  const auto transaction = call.services.environment.read();
  json::array residents;
  registry::visit_residents(transaction, call.services.vault, from,
                            [&](registry::ResidentId id, const Resident* resident) {
                              if (residents.size() >= limit) return false;
                              residents.push_back(resident != nullptr ? to_json(*resident) : unreadable(id));
                              return true;
                            });
  return Answer{.body = json::object{{"residents", std::move(residents)}}};
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
  TRY_ASSIGN(const Resident resident, find(call, transaction));
  json::array events;
  for (const auto& event : registry::events_of(transaction, call.services.vault, resident.id))
    events.push_back(event_to_json(event));
  return Answer{.body = json::object{{"resident", to_json(resident)}, {"events", std::move(events)}}};
}

}  // namespace

std::vector<ApiEndpoint> resident_endpoints() {
  using enum http::Method;
  return {{{post, "/v1/residents", Access::municipalities}, add},
          {{get, "/v1/residents", Access::operators, {"after", "limit"}}, list},
          {{get, "/v1/residents/{id}", Access::operators}, show},
          {{get, "/v1/residents/{id}/history", Access::operators}, history},
          {{post, "/v1/residents/{id}/guardianship", Access::municipalities}, set_guardianship}};
}

}  // namespace admin
