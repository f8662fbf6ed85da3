// The sweep: finds the clocks that have ended and records their events.
//
// It may run at any moment and any number of times: what was recorded is no longer due, and what became due
// between two sweeps is found by the next one.

#pragma once

#include <vector>

#include "law/due.h"
#include "pki/result.h"
#include "registry/actor.h"
#include "store/vault.h"
#include "store/writer.h"

namespace law {

// What the sweep works with; all of it outlives the call.
struct SweepDependencies {
  const store::Environment& environment;
  store::Writer& writer;
  const store::Vault& vault;
};

// What was, or would be, recorded.
struct SweepReport {
  // How many residents had something due.
  std::size_t residents = 0;
  // The first kSweepEventsMax events.
  std::vector<registry::EventRecord> events;
  // How many there are in all, and how many certificates they change.
  std::size_t event_count = 0, certificate_count = 0;
  // Residents whose record does not open: what fell due for them waits, and is tried again after an hour.
  std::size_t unreadable = 0;
  // When the next clock ends; absent when none runs.
  std::optional<pki::Time> next;
};

inline constexpr std::size_t kSweepEventsMax = 1'000;

// True when something is due at `now`: one look at the store.
[[nodiscard]] bool is_anything_due(const store::ReadTransaction& transaction, pki::Time now);

// What sweep() would record at `now`; writes nothing.
[[nodiscard]] SweepReport preview_sweep(const store::ReadTransaction& transaction, const store::Vault& vault,
                                        pki::Time now);

// Records everything that is due, in batches of a few dozen residents each, so that no other write waits
// long. No command is sent, and nothing is written, when nothing is due. Blocks.
[[nodiscard]] pki::Result<SweepReport> sweep(const SweepDependencies& with, const registry::Actor& actor,
                                             pki::Time now);

// Records the events due for one resident; does nothing if none is. For commands that are about to decide
// from the resident's record.
void sweep_resident(store::CommandContext& context, const store::Vault& vault, registry::ResidentId resident);

}  // namespace law
