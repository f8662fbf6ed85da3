// /v1/events/batch: many events in one request, as a municipality's feed brings them.
//
// Each event is a Command of its own with its own result: a refused one stops nothing else. All of them are
// submitted at once, in their order, so that the writer commits many together. A dry run records them in the
// same way into an overlay, so that each is judged as the ones before would leave the register.

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "admin/dry_runs.h"
#include "admin/events.h"
#include "pki/messages/admin.h"
#include "registry/actor.h"
#include "store/overlay.h"

namespace admin {

namespace {

constexpr std::size_t kEventsMax = 1'000;

// How much the answer says of each event.
enum class Detail : std::uint8_t { brief, full };

// One event on its way through the writer.
struct BatchEvent {
  law::EventRequest request;
  // Whether `request` is what the caller sent.
  bool is_read = false;
  // By what is on record before the batch.
  Items items = Items::hidden;
  std::optional<law::EventPlan> plan;
  std::optional<pki::Error> error;
  // Why the event must not be recorded, as found in the transaction that would have recorded it.
  std::optional<pki::Error> no_role;
};

// Lives in the handler's frame, which record_all leaves only when the writer has done with every event.
struct Batch {
  std::vector<BatchEvent> events;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t waiting = 0;     // Guarded by mutex.
  bool queue_is_full = false;  // Guarded by mutex.
};

pki::Result<law::EventRequest> read_element(const json::value& value, const ApiServices& services) {
  if (!value.is_object()) return pki::fail(pki::Errc::malformed, messages::event_not_object);
  FieldReader fields(value.get_object());
  TRY_ASSIGN(law::EventRequest request, read_event(fields, services));
  TRY(fields.finish());
  return request;
}

std::vector<BatchEvent> read_events(const json::array& values, const RequestContext& call, Detail detail) {
  std::vector<BatchEvent> events;
  for (const json::value& value : values) {
    auto request = read_element(value, call.services);
    BatchEvent& event = events.emplace_back();
    if (request.has_error())
      event.error = request.error();
    else
      event.request = std::move(*request);
    event.is_read = !event.error;
    // A brief answer says nothing of a resident's items.
    if (!event.error && detail == Detail::full) event.items = items_for(call, event.request.resident);
  }
  return events;
}

void finish(Batch& batch, BatchEvent& event, pki::Result<void> result) {
  const std::lock_guard lock(batch.mutex);
  if (result.has_error()) {
    // What waits in a full queue is refused at once; what comes after it must not overtake it, nor an event
    // of which it is not known whether it was recorded.
    const pki::Errc code = result.error().code;
    if (code == pki::Errc::too_busy || code == pki::Errc::outcome_unknown) batch.queue_is_full = true;
    event.error = result.error();
  }
  --batch.waiting;
  batch.changed.notify_one();
}

// False when the writer takes no more.
bool submit(const RequestContext& call, Batch& batch, BatchEvent& event) {
  {
    const std::lock_guard lock(batch.mutex);
    if (batch.queue_is_full) return false;
    ++batch.waiting;
  }
  const ApiServices& services = call.services;
  call.services.writer.submit(
      {.actor = registry::Actor{.operator_name = call.operator_name},
       .action = "event " + std::string(law::to_string(event.request.event())),
       .run = [&call, &services, &event](store::CommandContext& context) -> pki::Result<void> {
         if (event.no_role) return *event.no_role;
         TRY_ASSIGN(event.plan,
                    law::record_event(context, services.vault, event.request, services.register_policy));
         return {};
       },
       // An earlier event of the same request may have moved the resident.
       .decide_actor =
           [&call, &event](const store::ReadTransaction& transaction) {
             // Without a role for it the event is refused when it runs.
             const auto actor = actor_of(call, transaction, event.request);
             event.no_role = actor.has_error() ? std::optional(actor.error()) : std::nullopt;
             return actor.has_value() ? *actor : call.actor();
           }},
      [&batch, &event](pki::Result<void> result) { finish(batch, event, std::move(result)); });
  return true;
}

void record_all(const RequestContext& call, Batch& batch) {
  const auto busy = pki::fail(pki::Errc::too_busy, messages::writer_busy);
  for (BatchEvent& event : batch.events)
    if (!event.error && !submit(call, batch, event)) event.error = busy;
  std::unique_lock lock(batch.mutex);
  batch.changed.wait(lock, [&] { return batch.waiting == 0; });
}

// What record_all would do, without a trace in the store.
void dry_run_all(const RequestContext& call, Batch& batch, store::Overlay& overlay) {
  const ApiServices& services = call.services;
  auto transaction = services.environment.dry_run(overlay);
  const pki::Time now = services.clock.now();
  for (BatchEvent& event : batch.events) {
    if (event.error) continue;
    const auto actor = actor_of(call, transaction, event.request);
    if (actor.has_error()) {
      event.error = actor.error();
      continue;
    }
    store::CommandContext context{.transaction = transaction, .now = now, .actor = *actor};
    auto plan = law::record_event(context, services.vault, event.request, services.register_policy);
    if (plan.has_error())
      event.error = plan.error();
    else
      event.plan = std::move(*plan);
  }
}

// Each resident of the batch once, those whose event was refused among them: the answer says something about
// them, too.
std::vector<registry::ResidentId> residents_of(const Batch& batch) {
  std::vector<registry::ResidentId> list;
  for (const BatchEvent& event : batch.events)
    if (event.is_read && std::ranges::find(list, event.request.resident) == list.end())
      list.push_back(event.request.resident);
  return list;
}

// Operators keep their rehearsals apart.
std::string name_of(const RequestContext& call, std::string_view name) {
  return call.operator_name + '\0' + std::string(name);
}

pki::Result<void> dry_run(DryRuns& dry_runs, const RequestContext& call, Batch& batch,
                          const std::optional<std::string>& name) {
  if (!name) {
    store::Overlay overlay;
    dry_run_all(call, batch, overlay);
    return {};
  }
  TRY_ASSIGN(const auto dry_run, dry_runs.take(name_of(call, *name), std::chrono::steady_clock::now()));
  const std::lock_guard lock(dry_run->mutex);
  if (dry_run->overlay.bytes() > DryRuns::kBytesMax)
    return pki::invalid("rehearsal", messages::dry_run_large);
  dry_run_all(call, batch, dry_run->overlay);
  return {};
}

// How a batch is judged and answered.
struct BatchOptions {
  bool is_dry_run = false;
  bool is_brief = false;
  // Under which name the next request goes on with this dry run.
  std::optional<std::string> dry_run_name;
};

std::size_t changed_certificates(const law::EventPlan& plan) {
  std::size_t count = plan.record.consequences.size();
  for (const registry::EventRecord& event : plan.following)
    count += event.consequences.size();
  return count;
}

json::object result_of(const BatchEvent& event, const BatchOptions& options, pki::Language language) {
  if (event.error) return problem_object(*event.error, language);
  const int status = options.is_dry_run || event.plan->repeated ? 200 : 201;
  if (options.is_brief)
    return {{"status", status},
            {"repeated", event.plan->repeated},
            {"certificates_changed", changed_certificates(*event.plan)}};
  json::object body = to_json(*event.plan, event.items);
  body["dry_run"] = options.is_dry_run;
  body["status"] = status;
  return body;
}

pki::Result<BatchOptions> read_options(FieldReader& fields) {
  constexpr std::size_t kNameMax = 64;
  BatchOptions options;
  TRY_ASSIGN(options.is_dry_run, fields.flag("dry_run"));
  TRY_ASSIGN(options.is_brief, fields.flag("brief"));
  TRY_ASSIGN(options.dry_run_name, fields.text("rehearsal"));
  TRY(fields.finish());
  if (options.dry_run_name && !options.is_dry_run)
    return pki::invalid("rehearsal", messages::rehearsal_needs_dry_run);
  if (options.dry_run_name && (options.dry_run_name->empty() || options.dry_run_name->size() > kNameMax))
    return pki::invalid("rehearsal", messages::rehearsal_name_form);
  return options;
}

pki::Result<Answer> record_batch(DryRuns& dry_runs, const RequestContext& call) {
  if (!call.idempotency_key.empty()) return pki::invalid("Idempotency-Key", messages::batch_without_key);
  FieldReader fields(call.body);
  TRY_ASSIGN(const json::array* const events, fields.list("events"));
  if (events == nullptr || events->empty() || events->size() > kEventsMax)
    return pki::invalid("events", {messages::events_form, std::to_string(kEventsMax)});
  TRY_ASSIGN(const BatchOptions options, read_options(fields));
  Batch batch;
  batch.events = read_events(*events, call, options.is_brief ? Detail::brief : Detail::full);
  if (options.is_dry_run) {
    TRY(dry_run(dry_runs, call, batch, options.dry_run_name));
    TRY(note_dry_run(call, call.actor(), residents_of(batch)));
  } else {
    record_all(call, batch);
  }
  json::array results;
  const pki::Language language = language_of(call.request);
  for (const BatchEvent& event : batch.events) {
    // Our own fault is the request's: what was recorded stays, and event ids let the caller send all again.
    if (event.error && event.error->code == pki::Errc::internal) return *event.error;
    results.push_back(result_of(event, options, language));
  }
  return Answer{.body = json::object{{"results", std::move(results)}}};
}

pki::Result<Answer> end_dry_run(DryRuns& dry_runs, const RequestContext& call) {
  if (!dry_runs.end(name_of(call, call.parameters.at(0))))
    return pki::fail(pki::Errc::not_found, messages::dry_run_unknown);
  return Answer{.body = json::object{{"ended", true}}};
}

}  // namespace

std::vector<ApiEndpoint> event_batch_endpoints() {
  const auto dry_runs = std::make_shared<DryRuns>();
  return {{{http::Method::post, "/v1/events/batch", Action::record_event},
           [dry_runs](const RequestContext& call) { return record_batch(*dry_runs, call); }},
          {{http::Method::delete_, "/v1/events/rehearsals/{name}", Action::record_event},
           [dry_runs](const RequestContext& call) { return end_dry_run(*dry_runs, call); }}};
}

}  // namespace admin
