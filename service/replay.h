// What must be recorded in a restored store before anything is served from it, so that nothing that the lost
// one has published or given out is contradicted.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "crl/evidence.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "service/high_water.h"
#include "service/present_store.h"
#include "store/environment.h"

namespace service {

// How far numbers are skipped beyond everything that the lost store is known to have given.
inline constexpr std::uint64_t kSkip = std::uint64_t{1} << 24U;

struct ReplayRequest {
  const crl::ListEvidence& evidence;
  // Absent when the mark is lost, too: then only what the lists prove is known of later issues.
  const std::optional<HighWater>& mark;
  // Of the store that is replaced; null when it cannot be read or is another authority's.
  const PresentStore* present = nullptr;
  // Record any number of lost serials.
  bool many_lost = false;
  pki::Time now;
  registry::Actor actor;
  // What the audit log calls the backup.
  std::string backup;
};

struct ReplayReport {
  std::uint64_t revoked = 0, held = 0, released = 0;
  // Certificates of which the store knows nothing but the serial: those that a list shows, and the others.
  std::uint64_t lost_listed = 0, lost_presumed = 0;
  // Generations whose compromise is recorded again.
  std::uint64_t compromised = 0;
  // How many changes (issues, holds, releases, revocations) the mark counts since the backup.
  std::uint64_t changes_since = 0;
  // What the present store says that is stricter than the backup.
  StricterRecords stricter;
  std::uint64_t verifiers_barred = 0;
  // Operators that were disabled until an officer enables them, and officers and supervisors that act as in
  // the backup.
  std::uint64_t operators_barred = 0, operators_kept = 0;
  // What waited for a second person; a compromise that is asked for waits on.
  std::uint64_t requests_rejected = 0;
  // From which serial on is issued now.
  std::map<pki::CaName, std::uint64_t> next_serial;
};

// So many serials of a CA name may be lost without an operator's word: more is rather a mistake.
inline constexpr std::uint64_t kMostLost = std::uint64_t{1} << 20U;

// Records all of it and its audit entries; the caller commits. Errc::conflict when more than kMostLost
// serials of a CA name would be lost: then the transaction is not to be committed.
[[nodiscard]] pki::Result<ReplayReport> replay(store::WriteTransaction& transaction,
                                               const ReplayRequest& request);

}  // namespace service
