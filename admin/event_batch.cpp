// /v1/events/batch: many events in one request, as a municipality's feed brings them.
//
// Each event is a Command of its own with its own result: a refused one stops nothing else. All of them are
// submitted at once, in their order, so that the writer commits many together.

#include <condition_variable>
#include <mutex>

#include "admin/events.h"

namespace admin {

namespace {

constexpr std::size_t kEventsMax = 1'000;

// One event on its way through the writer.
struct Slot {
  ca::EventRequest request;
  std::optional<ca::EventPlan> plan;
  std::optional<pki::Error> error;
};

// Lives in the handler's frame, which record_all leaves only when the writer has done with every slot.
struct Batch {
  std::vector<Slot> slots;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t waiting = 0;     // Guarded by mutex.
  bool queue_is_full = false;  // Guarded by mutex.
};

pki::Result<ca::EventRequest> read_element(const json::value& value) {
  if (!value.is_object()) return pki::fail(pki::Errc::malformed, "an event must be a JSON object");
  FieldReader fields(value.get_object());
  TRY_ASSIGN(ca::EventRequest request, read_event(fields));
  TRY(fields.finish());
  return request;
}

std::vector<Slot> read_slots(const json::array& events) {
  std::vector<Slot> slots;
  for (const json::value& value : events) {
    auto request = read_element(value);
    Slot& slot = slots.emplace_back();
    if (request.has_error())
      slot.error = request.error();
    else
      slot.request = std::move(*request);
  }
  return slots;
}

void finish(Batch& batch, Slot& slot, pki::Result<void> result) {
  const std::lock_guard lock(batch.mutex);
  if (result.has_error()) {
    // What waits in a full queue is refused at once; what comes after it must not overtake it.
    if (result.error().code == pki::Errc::too_busy) batch.queue_is_full = true;
    slot.error = result.error();
  }
  --batch.waiting;
  batch.changed.notify_one();
}

// False when the writer takes no more.
bool submit(const Call& call, Batch& batch, Slot& slot) {
  {
    const std::lock_guard lock(batch.mutex);
    if (batch.queue_is_full) return false;
    ++batch.waiting;
  }
  const Services& services = call.services;
  call.services.writer.submit(
      {.actor = {.operator_name = call.operator_name},
       .action = "event " + std::string(ca::to_string(slot.request.event)),
       .run = [&services, &slot](registry::CommandContext& context) -> pki::Result<void> {
         TRY_ASSIGN(slot.plan,
                    ca::record_event(context, services.vault, slot.request, services.hold_release));
         return {};
       },
       // An earlier event of the same request may have moved the resident.
       .decide_actor =
           [&call, &slot](const registry::ReadTransaction& transaction) {
             return actor_of(call, transaction, slot.request);
           }},
      [&batch, &slot](pki::Result<void> result) { finish(batch, slot, std::move(result)); });
  return true;
}

void record_all(const Call& call, Batch& batch) {
  const auto busy =
      pki::fail(pki::Errc::too_busy, "too many changes are waiting to be written: send this event again");
  for (Slot& slot : batch.slots)
    if (!slot.error && !submit(call, batch, slot)) slot.error = busy;
  std::unique_lock lock(batch.mutex);
  batch.changed.wait(lock, [&] { return batch.waiting == 0; });
}

// Every event is judged against the store as it is, not as earlier events of the request would leave it.
void plan_all(const Call& call, Batch& batch) {
  const auto transaction = call.services.environment.read();
  for (Slot& slot : batch.slots) {
    if (slot.error) continue;
    auto plan = ca::plan_event(transaction, call.services.vault, slot.request,
                               actor_of(call, transaction, slot.request), call.services.clock.now(),
                               call.services.hold_release);
    if (plan.has_error())
      slot.error = plan.error();
    else
      slot.plan = std::move(*plan);
  }
}

// How a batch is judged and answered.
struct Manner {
  bool is_dry_run = false;
  bool is_brief = false;
};

std::size_t changed_certificates(const ca::EventPlan& plan) {
  std::size_t count = plan.record.consequences.size();
  for (const registry::EventRecord& event : plan.following)
    count += event.consequences.size();
  return count;
}

json::object result_of(const Slot& slot, const Manner& manner) {
  if (slot.error) return problem_object(*slot.error);
  const int status = manner.is_dry_run || slot.plan->repeated ? 200 : 201;
  if (manner.is_brief)
    return {{"status", status},
            {"repeated", slot.plan->repeated},
            {"certificates_changed", changed_certificates(*slot.plan)}};
  json::object body = to_json(*slot.plan);
  body["dry_run"] = manner.is_dry_run;
  body["status"] = status;
  return body;
}

pki::Result<Answer> record_batch(const Call& call) {
  if (!call.idempotency_key.empty())
    return pki::invalid("Idempotency-Key", "a batch is many commands: give each event its event_id instead");
  FieldReader fields(call.body);
  TRY_ASSIGN(const json::array* const events, fields.list("events"));
  if (events == nullptr || events->empty() || events->size() > kEventsMax)
    return pki::invalid("events", "events must be a list of 1 to " + std::to_string(kEventsMax) + " events");
  Manner manner;
  TRY_ASSIGN(manner.is_dry_run, fields.flag("dry_run"));
  TRY_ASSIGN(manner.is_brief, fields.flag("brief"));
  TRY(fields.finish());
  Batch batch;
  batch.slots = read_slots(*events);
  if (manner.is_dry_run)
    plan_all(call, batch);
  else
    record_all(call, batch);
  json::array results;
  for (const Slot& slot : batch.slots) {
    // Our own fault is the request's: what was recorded stays, and event ids let the caller send all again.
    if (slot.error && slot.error->code == pki::Errc::internal) return *slot.error;
    results.push_back(result_of(slot, manner));
  }
  return Answer{.body = json::object{{"results", std::move(results)}}};
}

}  // namespace

std::vector<OperationRow> event_batch_operations() {
  return {{http::Method::post, "/v1/events/batch", record_batch}};
}

}  // namespace admin
