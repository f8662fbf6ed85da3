// Batches over the index of what is due.

#include "law/sweep.h"

#include <set>

#include "law/lifecycle.h"
#include "pki/messages/law.h"
#include "registry/actor.h"

namespace law {

namespace {

using registry::DueEntry;

constexpr std::size_t kResidentsInBatch = 50;

// The residents whose clocks ended, the first `most` of them, in the order of their moments.
std::vector<DueEntry> due_entries(const store::ReadTransaction& transaction, pki::Time now,
                                  std::size_t most) {
  std::vector<DueEntry> list;
  std::set<registry::ResidentId> seen;
  for (auto entries = registry::due_entries(transaction); entries.valid() && list.size() < most;
       entries.next()) {
    const DueEntry entry = entries.row();
    if (entry.at > now) break;
    if (seen.insert(entry.resident).second) list.push_back(entry);
  }
  return list;
}

std::optional<ResidentState> story_of(const store::ReadTransaction& transaction, const store::Vault& vault,
                                      registry::ResidentId id, pki::Time now) {
  auto resident = registry::find_resident(transaction, vault, id);
  if (!resident) return std::nullopt;
  ResidentState state{
      .resident = std::move(*resident), .certificates = candidates(transaction, id, now), .events = {}};
  apply_due_clocks(state, now);
  return state;
}

void count(SweepReport& report, const ResidentState& state) {
  report.residents += 1;
  report.event_count += state.events.size();
  for (const registry::EventRecord& event : state.events) {
    report.certificate_count += event.consequences.size();
    if (report.events.size() < kSweepEventsMax) report.events.push_back(event);
  }
}

// Returns the state with the events recorded; afterwards `dues` has no entry of this resident up to `now`.
std::optional<ResidentState> record(store::CommandContext& context, const store::Vault& vault,
                                    registry::ResidentId id) {
  const auto before = registry::find_resident(context.transaction, vault, id);
  auto state = story_of(context.transaction, vault, id, context.now);
  if (!state || state->events.empty()) return std::nullopt;
  write_events(context, vault, state->events);
  registry::put_resident(context.transaction, vault, state->resident);
  update_dues(context.transaction, *before, state->resident);
  context.subjects.push_back("resident " + to_string(id));
  return state;
}

pki::Result<void> sweep_batch(const SweepDependencies& with, const registry::Actor& actor,
                              SweepReport& report) {
  SweepReport batch;
  TRY(with.writer.execute(
      {.actor = actor, .action = "sweep", .run = [&](store::CommandContext& context) -> pki::Result<void> {
         batch = {};
         const auto entries = due_entries(context.transaction, context.now, kResidentsInBatch);
         if (entries.empty()) return pki::fail(pki::Errc::not_found, messages::nothing_due);
         for (const DueEntry& entry : entries) {
           if (const auto state = record(context, with.vault, entry.resident)) count(batch, *state);
           // Otherwise the entry of a resident whose record was removed would be found by every sweep.
           registry::erase_due(context.transaction, entry);
         }
         return {};
       }}));
  report.residents += batch.residents;
  report.event_count += batch.event_count;
  report.certificate_count += batch.certificate_count;
  for (registry::EventRecord& event : batch.events)
    if (report.events.size() < kSweepEventsMax) report.events.push_back(std::move(event));
  return {};
}

std::optional<pki::Time> next_due(const store::ReadTransaction& transaction, pki::Time now) {
  for (auto entries = registry::due_entries(transaction); entries.valid(); entries.next())
    if (const DueEntry entry = entries.row(); entry.at > now) return entry.at;
  return std::nullopt;
}

}  // namespace

bool is_anything_due(const store::ReadTransaction& transaction, pki::Time now) {
  const auto entries = registry::due_entries(transaction);
  return entries.valid() && entries.row().at <= now;
}

SweepReport preview_sweep(const store::ReadTransaction& transaction, const store::Vault& vault,
                          pki::Time now) {
  SweepReport report;
  for (const DueEntry& entry : due_entries(transaction, now, transaction.count(registry::tables::due)))
    if (const auto state = story_of(transaction, vault, entry.resident, now)) count(report, *state);
  report.next = next_due(transaction, now);
  return report;
}

pki::Result<SweepReport> sweep(const SweepDependencies& with, const registry::Actor& actor, pki::Time now) {
  SweepReport report;
  while (is_anything_due(with.environment.read(), now)) {
    const auto swept = sweep_batch(with, actor, report);
    // The writer's clock may be a moment behind the caller's: the next sweep finds it.
    if (swept.has_error() && swept.error().code == pki::Errc::not_found) break;
    TRY(swept);
  }
  report.next = next_due(with.environment.read(), now);
  return report;
}

void sweep_resident(store::CommandContext& context, const store::Vault& vault,
                    registry::ResidentId resident) {
  static_cast<void>(record(context, vault, resident));
}

}  // namespace law
