// What a publication run has to make: the schedule, read from the records of what is published.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crl/publisher.h"
#include "pki/distribution_point.h"
#include "pki/time.h"
#include "registry/crls.h"
#include "registry/signing_issuer.h"
#include "store/environment.h"

namespace crl {

// What one scope needs. A complete CRL never comes without a delta: together with it, or, when it is the
// scope's first or the first after a change of what the scope speaks of, right after it. `arl` is the
// list of CAs, which is planned apart.
enum class ScopeAction : std::uint8_t { nothing, delta, complete_and_delta, arl };

// Whether another list will follow.
enum class Lifetime : std::uint8_t {
  until_next,
  // The last one of a key whose CA name lives on: an ordinary nextUpdate, and nothing follows from this key.
  last_of_key,
  // The last one of a CA name: nextUpdate is 99991231235959Z, "no further one" (registry::kNoNextUpdate).
  last_of_name,
};

struct PlannedScope {
  const registry::SigningIssuer* issuer = nullptr;
  registry::CrlScope scope;
  std::optional<pki::DistributionPointNames> names;
  ScopeAction action = ScopeAction::nothing;
  // The complete CRL that the next delta names as its base. Absent when there is none that may be: then a
  // complete one is made, with an empty delta on itself.
  std::optional<registry::CrlRecord> base;
  // The last regular one (for `arl` of that kind) by this key.
  std::optional<registry::CrlRecord> last_regular;
  // The earliest thisUpdate of the last regular ones of all living keys: what expired before has been on one
  // by each of them.
  std::optional<pki::Time> earliest_regular;
  Lifetime lifetime = Lifetime::until_next;
};

// What is asked for.
struct RunRequest {
  // Absent: what the schedule asks for.
  std::optional<PublicationKind> kind;
  pki::Time now;
  // The last lists of this generation, and nothing else.
  std::optional<registry::IssuerId> ending = std::nullopt;
  // Lists with this number or a lower one are no bases of deltas: files with greater ones exist of which the
  // store knows nothing.
  std::uint64_t renounced_bases = 0;
};

// A list that is dated this far ahead of the clock was made when the clock was wrong.
inline constexpr pki::Seconds kFutureTolerance{300};
[[nodiscard]] bool is_from_future(pki::Time this_update, pki::Time now);
[[nodiscard]] bool is_from_future(const registry::CrlRecord& record, pki::Time now);

// Whether a generation of the name still makes lists: its certificate has not expired, and it has not had its
// last ones. `except` is not asked.
[[nodiscard]] bool is_name_alive(const store::ReadTransaction& snapshot, pki::CaName ca, pki::Time now,
                                 std::optional<registry::IssuerId> except = std::nullopt);

// Whether a list without a next one stands although its name lives: it would hide every later revocation from
// who keeps it, so it is not served.
[[nodiscard]] bool shadows_the_living(const store::ReadTransaction& snapshot,
                                      const registry::CrlRecord& record, pki::Time now);

// The last moment at or before `now` when complete CRLs became due.
[[nodiscard]] pki::Time last_complete_mark(pki::Time now, const PublisherOptions& options);
// The last mark of the grid at or before `now`.
[[nodiscard]] pki::Time last_delta_mark(pki::Time now, const PublisherOptions& options);
// The same for a time of day after 00:00 JST, and for a grid.
[[nodiscard]] pki::Time last_daily_mark(pki::Time now, pki::Seconds time_of_day);
[[nodiscard]] pki::Time last_grid_mark(pki::Time now, pki::Seconds grid);

// What a complete CRL of a scope is when it is made at `now`: regular when its last regular one is from
// before the last mark, or when there is none.
[[nodiscard]] registry::CrlOccasion occasion_of(const std::optional<registry::CrlRecord>& last_regular,
                                                pki::Time now, const PublisherOptions& options);

// Whether a certificate of the scope was revoked, held or released after what is covered.
[[nodiscard]] bool has_changed(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                               const registry::Coverage& covered);

// The scopes of all generations that need something, generation by generation; the whole comes first. The
// issuers must outlive the result.
[[nodiscard]] std::vector<PlannedScope> plan(const store::ReadTransaction& snapshot,
                                             const std::vector<registry::SigningIssuer>& issuers,
                                             const RunRequest& request, const PublisherOptions& options);

}  // namespace crl
