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
// When a record that does not open is tried again.
constexpr pki::Seconds kTryAgain{std::chrono::hours{1}};

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

// A resident before the clocks that have ended, and with their events applied.
struct Swept {
  registry::Resident before;
  ResidentState after;
};

// Nothing for one whose record was removed. Throws Corruption for one whose record does not open.
std::optional<Swept> apply_clocks(const store::ReadTransaction& transaction, const store::Vault& vault,
                                  registry::ResidentId id, pki::Time now) {
  auto resident = registry::find_resident(transaction, vault, id);
  if (!resident) return std::nullopt;
  Swept swept{
      .before = *resident,
      .after = {
          .resident = std::move(*resident), .certificates = candidates(transaction, id, now), .events = {}}};
  apply_due_clocks(swept.after, now);
  return swept;
}

// The same with Errc::internal in place of the exception: such a record holds up its own clocks alone.
pki::Result<std::optional<Swept>> try_clocks(const store::ReadTransaction& transaction,
                                             const store::Vault& vault, registry::ResidentId id,
                                             pki::Time now) {
  try {
    return apply_clocks(transaction, vault, id, now);
  } catch (const store::Corruption& fault) {
    return pki::fail(pki::Errc::internal, pki::message_of(fault));
  }
}

void count(SweepReport& report, const ResidentState& state) {
  report.residents += 1;
  report.event_count += state.events.size();
  for (const registry::EventRecord& event : state.events) {
    report.certificate_count += event.consequences.size();
    if (report.events.size() < kSweepEventsMax) report.events.push_back(event);
  }
}

// Records the events, if there are any; afterwards `dues` has no entry of this resident up to `now`.
void record(store::CommandContext& context, const store::Vault& vault, const Swept& swept) {
  const ResidentState& state = swept.after;
  if (state.events.empty()) return;
  write_events(context, vault, state.events);
  registry::put_resident(context.transaction, vault, state.resident);
  update_dues(context.transaction, swept.before, state.resident);
  context.subjects.push_back("resident " + to_string(state.resident.id));
}

// All that is due of the resident: another entry of it would be the first of the next batch.
void put_off(store::WriteTransaction& transaction, const DueEntry& entry, pki::Time now) {
  std::vector<DueEntry> entries;
  for (auto rows = registry::due_entries(transaction); rows.valid() && rows.row().at <= now; rows.next())
    if (rows.row().resident == entry.resident) entries.push_back(rows.row());
  for (DueEntry one : entries) {
    registry::erase_due(transaction, one);
    one.at = now + kTryAgain;
    registry::put_due(transaction, one);
  }
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
           const auto swept = try_clocks(context.transaction, with.vault, entry.resident, context.now);
           if (swept.has_error()) {
             put_off(context.transaction, entry, context.now);
             ++batch.unreadable;
             continue;
           }
           if (*swept) {
             record(context, with.vault, **swept);
             if (!(*swept)->after.events.empty()) count(batch, (*swept)->after);
           }
           // Otherwise the entry of a resident whose record was removed would be found by every sweep.
           registry::erase_due(context.transaction, entry);
         }
         return {};
       }}));
  report.residents += batch.residents;
  report.event_count += batch.event_count;
  report.certificate_count += batch.certificate_count;
  report.unreadable += batch.unreadable;
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
  for (const DueEntry& entry : due_entries(transaction, now, transaction.count(registry::tables::due))) {
    const auto swept = try_clocks(transaction, vault, entry.resident, now);
    if (swept.has_error())
      ++report.unreadable;
    else if (*swept)
      count(report, (*swept)->after);
  }
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
  if (const auto swept = apply_clocks(context.transaction, vault, resident, context.now))
    record(context, vault, *swept);
}

}  // namespace law
