// /v1/events: the authority is told what happened; dry_run asks what would fall.

#include "admin/events.h"

#include <algorithm>

#include "admin/compromise.h"
#include "admin/event_json.h"
#include "law/permission.h"
#include "pki/birth_date.h"
#include "registry/actor.h"
#include "registry/municipalities.h"
#include "registry/residents.h"

namespace admin {

namespace {

// Without a kind both lists of reasons count, and a number of the one that the other does not know.
pki::Result<std::string> read_reason(std::string_view text, std::optional<pki::CertificateKind> kind) {
  auto reason = law::parse_elsewhere_reason(text, kind ? pki::ca_of(*kind) : pki::CaName::sign);
  if (!reason && !kind) reason = law::parse_elsewhere_reason(text, pki::CaName::auth);
  if (!reason) return reason.error();
  return std::string(*reason);
}

}  // namespace

pki::Result<std::optional<pki::Date>> read_birth(FieldReader& fields) {
  TRY_ASSIGN(const auto text, fields.text("birth"));
  if (!text) return std::optional<pki::Date>{};
  const auto birth = pki::parse_birth_date(*text);
  if (!birth) return pki::invalid("birth", "birth: " + birth.error().detail);
  return std::optional(*birth);
}

pki::Result<law::EventRequest> read_event(FieldReader& fields) {
  law::EventRequest request;
  TRY_ASSIGN(request.resident, fields.required_resident("resident"));
  TRY_ASSIGN(const std::string name, fields.required_text("event"));
  const auto event = law::parse_event(name);
  if (!event) return pki::invalid("event", "there is no event " + name + ": `jpki rules` lists them");
  request.event = *event;
  TRY_ASSIGN(request.occurred_on, fields.date("date"));
  TRY_ASSIGN(request.name, fields.text("name"));
  TRY_ASSIGN(request.furigana, fields.text("furigana"));
  TRY_ASSIGN(request.former_name, fields.text("former_name"));
  TRY_ASSIGN(request.alias, fields.text("alias"));
  TRY_ASSIGN(request.address, fields.text("address"));
  TRY_ASSIGN(request.birth, read_birth(fields));
  TRY_ASSIGN(request.card_expires, fields.date("card_expires"));
  TRY_ASSIGN(request.planned, fields.date("planned"));
  TRY_ASSIGN(const bool card_handed_in, fields.flag_or_text("card_handed_in"));
  if (card_handed_in) request.card = registry::Departure::Card::handed_in;
  TRY_ASSIGN(const auto cause, fields.number("cause"));
  if (cause) request.cause = std::to_string(*cause);
  TRY_ASSIGN(request.correction, fields.text("correction"));
  TRY_ASSIGN(const auto sex, fields.text("sex"));
  if (sex && !(request.sex = registry::parse_sex(*sex)))
    return pki::invalid("sex", "the sex must be male, female or unknown");
  TRY_ASSIGN(const auto municipality, fields.text("municipality"));
  if (municipality) {
    TRY_ASSIGN(request.municipality, registry::parse_municipality_code(*municipality));
  }
  TRY_ASSIGN(const auto kind, fields.text("kind"));
  if (kind && !(request.kind = pki::parse_certificate_kind(*kind)))
    return pki::invalid("kind", "the kind must be sign, auth, mobile-sign or mobile-auth");
  TRY_ASSIGN(request.insist, fields.text("insist"));
  TRY_ASSIGN(const auto reason, fields.text("reason"));
  if (reason) {
    TRY_ASSIGN(request.elsewhere_reason, read_reason(*reason, request.kind));
  }
  TRY_ASSIGN(const auto event_id, fields.text("event_id"));
  request.event_id = event_id.value_or("");
  TRY_ASSIGN(const auto feed, fields.text("feed"));
  request.feed = feed.value_or("");
  TRY_ASSIGN(request.feed_sequence, fields.number("feed_sequence"));
  return request;
}

registry::Actor actor_of(const RequestContext& call, const store::ReadTransaction& transaction,
                         const law::EventRequest& request) {
  const auto resident = registry::find_resident(transaction, call.services.vault, request.resident);
  return call.actor_for(action_of_event(request.event),
                        resident ? std::optional(resident->municipality) : std::nullopt);
}

json::object to_json(const law::EventPlan& plan) {
  json::array certificates, earlier, upcoming, changes;
  for (const law::ItemChange& change : plan.changes)
    changes.push_back(json::object{{"item", change.item},
                                   {"before", change.before},
                                   {"after", change.after},
                                   {"writing_alone", change.writing_alone}});
  append_consequences(certificates, plan.record);
  for (const registry::EventRecord& event : plan.following)
    append_consequences(certificates, event);
  for (const registry::EventRecord& event : plan.earlier)
    earlier.push_back(due_to_json(event));
  for (const law::Prospect& prospect : plan.prospects)
    upcoming.push_back(due_to_json(prospect.event));
  json::object body{{"resident", to_string(plan.record.resident)},
                    {"event", plan.record.name},
                    {"sequence", plan.record.sequence},
                    {"date", pki::to_string(plan.record.occurred_on)},
                    {"recorded_at", pki::to_rfc3339(plan.record.recorded_at)},
                    {"repeated", plan.repeated},
                    {"notify_holder", std::ranges::any_of(plan.record.consequences, law::asks_to_notify)},
                    {"changes", std::move(changes)},
                    {"certificates", std::move(certificates)},
                    {"earlier", std::move(earlier)},
                    {"upcoming", std::move(upcoming)}};
  for (const auto& [name, value] : plan.record.items)
    if (name == "cause") body["cause"] = law::card_lapse_cause(std::stoi(value));
  return body;
}

namespace {

pki::Result<Answer> dry_run(const RequestContext& call, const law::EventRequest& request,
                            const registry::Actor& actor) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const law::EventPlan plan,
             law::plan_event(transaction, call.services.vault, request, actor, call.services.clock.now(),
                             call.services.hold_release));
  json::object body = to_json(plan);
  body["dry_run"] = true;
  return Answer{.body = std::move(body)};
}

pki::Result<Answer> record(const RequestContext& call) {
  if (is_ca_key_compromise(call.body)) return record_ca_key_compromise(call);
  FieldReader fields(call.body);
  TRY_ASSIGN(const law::EventRequest request, read_event(fields));
  TRY_ASSIGN(const bool is_dry_run, fields.flag("dry_run"));
  TRY(fields.finish());
  const registry::Actor actor = actor_of(call, call.services.environment.read(), request);
  if (is_dry_run) return dry_run(call, request, actor);
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(actor, "event " + std::string(law::to_string(request.event)), answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(const law::EventPlan plan,
                                law::record_event(context, call.services.vault, request,
                                                  call.services.hold_release));
                     answer.status = plan.repeated ? 200 : 201;
                     json::object body = to_json(plan);
                     body["dry_run"] = false;
                     answer.body = std::move(body);
                     return {};
                   }));
  return answer;
}

}  // namespace

std::vector<ApiEndpoint> event_endpoints() {
  return {{{http::Method::post, "/v1/events", Action::record_event}, record}};
}

}  // namespace admin
