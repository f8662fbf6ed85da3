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
#include "registry/environment.h"

namespace crl {

// What one scope needs. A complete CRL never comes without a delta: together with it, or, when it is the
// scope's first, right after it.
enum class Need : std::uint8_t { nothing, delta, complete_and_delta };

// One generation with its key.
struct Signatory {
  Authority authority;
  std::shared_ptr<const pki::Signer> signer;
};

struct PlannedScope {
  const Signatory* signatory = nullptr;
  registry::CrlScope scope;
  std::optional<pki::DistributionPointNames> names;
  Need need = Need::nothing;
  // The current complete CRL; absent when there is none yet.
  std::optional<registry::CrlRecord> current_complete;
  // The last regular one, whose thisUpdate decides which expired entries stay.
  std::optional<registry::CrlRecord> last_regular;
};

// What is asked for.
struct Demand {
  // Absent: what the schedule asks for.
  std::optional<PublicationKind> kind;
  pki::Time now;
};

// The last moment at or before `now` when complete CRLs fell due.
[[nodiscard]] pki::Time last_complete_mark(pki::Time now, const PublisherOptions& options);
// The last mark of the grid at or before `now`.
[[nodiscard]] pki::Time last_delta_mark(pki::Time now, const PublisherOptions& options);

// What a complete CRL of a scope is when it is made at `now`: regular when its last regular one is from
// before the last mark, or when there is none.
[[nodiscard]] registry::CrlOccasion occasion_of(const std::optional<registry::CrlRecord>& last_regular,
                                                pki::Time now, const PublisherOptions& options);

// Whether a certificate of the scope was revoked, held or released after a change sequence.
[[nodiscard]] bool has_changed(const registry::ReadTransaction& snapshot, const registry::CrlScope& scope,
                               std::uint64_t sequence);

[[nodiscard]] Need need_of(const registry::ReadTransaction& snapshot, const registry::CrlScope& scope,
                           const Demand& demand, const PublisherOptions& options);

// The scopes of a generation that need something; the whole generation comes first. `signatory` must outlive
// the result.
[[nodiscard]] std::vector<PlannedScope> plan(const registry::ReadTransaction& snapshot,
                                             const Signatory& signatory, const Demand& demand,
                                             const PublisherOptions& options);

// Joins keys and stored generations. What cannot be joined is added to `failures` of the result.
struct Signatories {
  std::vector<Signatory> ready;
  std::vector<ScopeFailure> failures;
};
[[nodiscard]] Signatories find_signatories(const registry::ReadTransaction& snapshot,
                                           const std::vector<IssuerSigner>& signers);

}  // namespace crl
