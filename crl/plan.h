// What a publication run has to make: the schedule, read from the records of what is published.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crl/authority.h"
#include "crl/publisher.h"
#include "pki/distribution_point.h"
#include "pki/time.h"
#include "registry/crls.h"
#include "store/environment.h"

namespace crl {

// What one scope needs. A complete CRL never comes without a delta: together with it, or, when it is the
// scope's first, right after it. `authority` is the list of CAs, which is planned apart.
enum class Need : std::uint8_t { nothing, delta, complete_and_delta, authority };

// One generation with its key.
struct Signatory {
  Authority authority;
  std::shared_ptr<const pki::Signer> signer;
};

// Whether another list will follow.
enum class Lifetime : std::uint8_t {
  until_next,
  // The end-of-life list of a CA: nextUpdate is 99991231235959Z, "no further one" (kNoNextUpdate).
  last,
};

struct PlannedScope {
  const Signatory* signatory = nullptr;
  registry::CrlScope scope;
  std::optional<pki::DistributionPointNames> names;
  Need need = Need::nothing;
  // The current complete CRL; absent when there is none yet.
  std::optional<registry::CrlRecord> current_complete;
  // The last regular one (for `authority` of that kind), whose thisUpdate decides which expired entries stay.
  std::optional<registry::CrlRecord> last_regular;
  Lifetime lifetime = Lifetime::until_next;
};

// What is asked for.
struct Demand {
  // Absent: what the schedule asks for.
  std::optional<PublicationKind> kind;
  pki::Time now;
  // The last lists of this generation, and nothing else.
  std::optional<registry::IssuerId> ending = std::nullopt;
};

// 99991231235959Z: RFC 5280 section 4.1.2.5 names it for "no well-defined expiration date", and ETSI EN 319
// 411-1 asks for it in the last CRL of a CA.
inline constexpr pki::Time kNoNextUpdate{pki::Seconds{253'402'300'799}};

// The last moment at or before `now` when complete CRLs fell due.
[[nodiscard]] pki::Time last_complete_mark(pki::Time now, const PublisherOptions& options);
// The last mark of the grid at or before `now`.
[[nodiscard]] pki::Time last_delta_mark(pki::Time now, const PublisherOptions& options);

// What a complete CRL of a scope is when it is made at `now`: regular when its last regular one is from
// before the last mark, or when there is none.
[[nodiscard]] registry::CrlOccasion occasion_of(const std::optional<registry::CrlRecord>& last_regular,
                                                pki::Time now, const PublisherOptions& options);

// Whether a certificate of the scope was revoked, held or released after a change sequence.
[[nodiscard]] bool has_changed(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                               std::uint64_t sequence);

[[nodiscard]] Need need_of(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                           const Demand& demand, const PublisherOptions& options);

// The same for the list of CAs.
[[nodiscard]] Need need_of_authorities(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                                       const Demand& demand, const PublisherOptions& options);

// The scopes of a generation that need something; the whole generation comes first. `signatory` must outlive
// the result.
[[nodiscard]] std::vector<PlannedScope> plan(const store::ReadTransaction& snapshot,
                                             const Signatory& signatory, const Demand& demand,
                                             const PublisherOptions& options);

// Joins keys and stored generations. What cannot be joined is added to `failures` of the result.
struct Signatories {
  std::vector<Signatory> ready;
  std::vector<ScopeFailure> failures;
};
[[nodiscard]] Signatories find_signatories(const store::ReadTransaction& snapshot,
                                           const std::vector<IssuerSigner>& signers);

}  // namespace crl
