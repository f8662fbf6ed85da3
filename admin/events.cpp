// /v1/events: records an event; with dry_run, answers which certificates it would revoke.

#include "admin/events.h"

#include <algorithm>
#include <array>

#include "admin/compromise.h"
#include "admin/event_json.h"
#include "admin/requested_action.h"
#include "admin/signed_notice.h"
#include "law/event_fields.h"
#include "law/permission.h"
#include "pki/birth_date.h"
#include "pki/messages/admin.h"
#include "registry/actor.h"
#include "registry/municipalities.h"
#include "registry/residents.h"

namespace admin {

namespace {

// The value of one field as text; nothing when it is absent.
pki::Result<std::optional<std::string>> read_item(FieldReader& fields, const law::FieldRow& row) {
  using Text = std::optional<std::string>;
  if (row.type == law::FieldType::flag) {
    TRY_ASSIGN(const bool is_set, fields.flag_or_text(row.name));
    return is_set ? Text("true") : Text();
  }
  if (row.type == law::FieldType::number) {
    TRY_ASSIGN(const auto number, fields.number(row.name));
    return number ? Text(std::to_string(*number)) : Text();
  }
  return fields.text(row.name);
}

}  // namespace

pki::Result<std::optional<pki::Date>> read_birth(FieldReader& fields) {
  TRY_ASSIGN(const auto text, fields.text("birth"));
  if (!text) return std::optional<pki::Date>{};
  const auto birth = pki::parse_birth_date(*text);
  if (!birth) return pki::invalid("birth", {messages::field_error, "birth", birth.error().message});
  return std::optional(*birth);
}

pki::Result<law::EventRequest> read_event(FieldReader& fields, const ApiServices& services) {
  law::EventRequest request;
  TRY_ASSIGN(request.resident, fields.required_resident("resident"));
  TRY_ASSIGN(const std::string name, fields.required_text("event"));
  const auto event = law::parse_reported_event(name);
  if (!event) return pki::invalid("event", {messages::event_unknown, name});
  std::vector<registry::EventItem> items;
  for (const law::FieldRow& row : law::event_field_rows()) {
    if (!row.item || row.type == law::FieldType::document) continue;
    TRY_ASSIGN(auto text, read_item(fields, row));
    if (text) items.push_back({*row.item, std::move(*text)});
  }
  TRY_ASSIGN(request.occurred_on, fields.date("date"));
  TRY_ASSIGN(const auto event_id, fields.text("event_id"));
  request.event_id = event_id.value_or("");
  TRY_ASSIGN(const auto feed, fields.text("feed"));
  request.feed = feed.value_or("");
  TRY_ASSIGN(request.feed_sequence, fields.number("feed_sequence"));
  auto details = law::read_details(*event, items);
  if (details.has_error()) {
    // A misspelt member is named before what is missing in its place.
    for (const char* read_later : {"dry_run", "application"})
      static_cast<void>(fields.text(read_later));
    TRY(fields.finish());
    return details.error();
  }
  request.details = std::move(*details);
  TRY(read_notice(fields, services.environment.read(), services.vault, request));
  return request;
}

pki::Result<registry::Actor> actor_of(const RequestContext& call, const store::ReadTransaction& transaction,
                                      const law::EventRequest& request) {
  const auto resident = registry::find_resident(transaction, call.services.vault, request.resident);
  return call.actor_for(action_of_request(request),
                        resident ? std::optional(resident->municipality) : std::nullopt);
}

Items items_for(const RequestContext& call, registry::ResidentId resident) {
  const auto transaction = call.services.environment.read();
  const auto stored = registry::find_resident(transaction, call.services.vault, resident);
  if (!stored) return Items::hidden;
  const auto reader = call.actor_for(Action::read_register, stored->municipality);
  const bool may_read =
      reader.has_value() &&
      require_reach(transaction, *reader, Action::read_register, stored->municipality).has_value();
  return may_read ? Items::shown : Items::hidden;
}

pki::Result<void> note_dry_run(const RequestContext& call, const registry::Actor& actor,
                               std::span<const registry::ResidentId> residents) {
  return call.services.writer.execute(
      {.actor = actor, .action = "event dry-run", .run = [&](store::CommandContext& context) {
         for (const registry::ResidentId resident : residents)
           context.subjects.push_back("resident " + to_string(resident));
         return pki::Result<void>{};
       }});
}

json::object to_json(const law::EventPlan& plan, Items items) {
  json::array certificates, earlier, upcoming, changes;
  for (const law::ItemChange& change : plan.changes)
    changes.push_back(json::object{{"item", to_string(change.item)},
                                   {"before", change.before},
                                   {"after", change.after},
                                   {"writing_alone", change.writing_alone}});
  append_consequences(certificates, plan.record);
  for (const registry::EventRecord& event : plan.following)
    append_consequences(certificates, event);
  for (const registry::EventRecord& event : plan.earlier)
    earlier.push_back(due_to_json(event));
  for (const law::UpcomingEvent& prospect : plan.upcoming_events)
    upcoming.push_back(due_to_json(prospect.event));
  json::object body{{"resident", to_string(plan.record.resident)},
                    {"event", to_string(plan.record.event)},
                    {"sequence", plan.record.sequence},
                    {"date", pki::to_string(plan.record.occurred_on)},
                    {"recorded_at", pki::to_rfc3339(plan.record.recorded_at)},
                    {"repeated", plan.repeated},
                    {"notify_holder", std::ranges::any_of(plan.record.consequences, law::asks_to_notify)},
                    {"certificates", std::move(certificates)},
                    {"earlier", std::move(earlier)},
                    {"upcoming", std::move(upcoming)}};
  if (items == Items::shown) body["changes"] = std::move(changes);
  if (const auto cause = registry::lapse_cause_of(plan.record)) body["cause"] = law::description_of(*cause);
  return body;
}

namespace {

pki::Result<Answer> dry_run(const RequestContext& call, const law::EventRequest& request,
                            const registry::Actor& actor) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const law::EventPlan plan,
             law::plan_event(transaction, call.services.vault, request, actor, call.services.clock.now(),
                             call.services.register_policy));
  TRY(note_dry_run(call, actor, std::array{request.resident}));
  json::object body = to_json(plan, items_for(call, request.resident));
  body["dry_run"] = true;
  return Answer{.body = std::move(body)};
}

pki::Result<Answer> record(const RequestContext& call) {
  if (is_ca_key_compromise(call.body)) return record_ca_key_compromise(call);
  FieldReader fields(call.body);
  TRY_ASSIGN(const law::EventRequest request, read_event(fields, call.services));
  TRY_ASSIGN(const bool is_dry_run, fields.flag("dry_run"));
  TRY(fields.finish());
  TRY(call.require(action_of_request(request)));
  TRY_ASSIGN(const registry::Actor actor, actor_of(call, call.services.environment.read(), request));
  const Items items = items_for(call, request.resident);
  if (is_dry_run) return dry_run(call, request, actor);
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(actor, "event " + std::string(law::to_string(request.event())), answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(const law::EventPlan plan,
                                law::record_event(context, call.services.vault, request,
                                                  call.services.register_policy));
                     answer.status = plan.repeated ? 200 : 201;
                     json::object body = to_json(plan, items);
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
