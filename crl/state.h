// What the registry says that a list must contain, computed for the checker alone.
//
// The encoder's side (crl/delta, the walk over `revoked`) is not used here: a mistake there must not be
// repeated by the one who looks for it.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "registry/certificates.h"
#include "registry/crls.h"
#include "store/environment.h"

namespace crl {

// What certificates of one generation were that have changed since: absent for what was good or not yet
// issued.
using StatesBefore =
    std::map<std::pair<pki::DistributionPoint, pki::SerialNumber>, std::optional<registry::RevokedEntry>>;

// The states, generation by generation as they are covered, of everything in the scope that changed after
// what is covered.
[[nodiscard]] std::vector<StatesBefore> states_before_changes(const store::ReadTransaction& snapshot,
                                                              const registry::CrlScope& scope,
                                                              const registry::Coverage& covered);

// Some of the distribution points of a generation, one after another.
struct PointRange {
  pki::DistributionPoint first = pki::kWholeGeneration;
  // The first one that is out of it; absent: none is.
  std::optional<pki::DistributionPoint> end;
};

// The revoked and held certificates of one generation as of a change sequence, in the order of the `revoked`
// table: that table, with every later change undone.
class GenerationAt final {
 public:
  // Of one point, or of all. `undone` must outlive this.
  GenerationAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
               const StatesBefore& undone);
  // Of some points.
  GenerationAt(const store::ReadTransaction& snapshot, registry::IssuerId issuer, PointRange range,
               const StatesBefore& undone);
  // The next one, null at the end. Valid until the next call.
  const registry::RevokedEntry* next();

 private:
  // What the table has next, null at its end.
  const registry::RevokedEntry* ahead();

  registry::RevokedCursor table_;
  std::array<registry::RevokedEntry, 128> batch_;
  std::size_t batch_size_ = 0;
  std::size_t batch_at_ = 0;
  std::optional<pki::DistributionPoint> end_;
  StatesBefore::const_iterator undone_at_;
  StatesBefore::const_iterator undone_end_;
};

// The same of all generations that are covered, by distribution point, generation and serial.
class StateAt final {
 public:
  // `undone` is states_before_changes() of the same scope and coverage and must outlive this.
  StateAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
          const registry::Coverage& covered, const std::vector<StatesBefore>& undone);
  // The same for a part of the whole.
  StateAt(const store::ReadTransaction& snapshot, pki::CaName ca, const registry::Coverage& covered,
          PointRange range, const std::vector<StatesBefore>& undone);
  // The next one, null at the end. Valid until the next call.
  const registry::RevokedEntry* next();

 private:
  struct Generation {
    GenerationAt state;
    const registry::RevokedEntry* next = nullptr;
  };

  std::vector<Generation> generations_;
  // The one whose entry was given last, and must move on.
  Generation* given_ = nullptr;
  bool is_begun_ = false;
};

// One entry that a delta must have.
struct ExpectedEntry {
  pki::SerialNumber serial;
  registry::Revocation revocation;
};

// The entries of a delta whose record and base are given, by serial.
[[nodiscard]] std::vector<ExpectedEntry> expected_delta(const store::ReadTransaction& snapshot,
                                                        const registry::CrlRecord& record,
                                                        const registry::CrlRecord& base);

// The `status` table of the generations that are covered, as of what is covered.
class StatusAt final {
 public:
  StatusAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
           const registry::Coverage& covered);
  // Nothing for a serial that is not in the scope.
  [[nodiscard]] std::optional<registry::Status> find(pki::SerialNumber serial) const;

 private:
  [[nodiscard]] std::optional<registry::Status> find_in(std::size_t generation,
                                                        pki::SerialNumber serial) const;

  const store::ReadTransaction& snapshot_;
  registry::CrlScope scope_;
  std::vector<registry::IssuerId> issuers_;
  // The first change of each serial since, for each of them.
  std::vector<std::map<std::uint64_t, registry::Change>> undone_;
};

}  // namespace crl
