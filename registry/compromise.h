// The compromise of a CA generation's key (Act 14, 16-12, 33, 35-12): one fact, and the rows that follow it.
//
// The fact is committed at once and read before every status; the rows of single certificates, from which
// CRLs are made, are filled in afterwards in steps that can be broken off at any time and taken up again.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "registry/certificates.h"
#include "registry/issuers.h"

namespace registry {

// What a compromise makes of a certificate: one that was good is revoked (cACompromise) from the moment on at
// which the compromise was recorded; one that was held is revoked with the date of its hold, as by any
// revocation that follows a hold; one that was revoked keeps its date and reason.
[[nodiscard]] Revocation revocation_under(const Compromise& compromise,
                                          const std::optional<Revocation>& before);

// Whether the generation's key is compromised. False for a generation that is not in the store.
[[nodiscard]] bool is_compromised(const store::ReadTransaction& transaction, IssuerId issuer);

// find_status() with the generation's compromise applied: what holds for the certificate, whether or not its
// row is filled in yet. What decides about certificates reads this one.
[[nodiscard]] std::optional<Status> effective_status(const store::ReadTransaction& transaction,
                                                     const CertificateId& id);

// Records the fact. REQUIRES: the generation exists and is not compromised.
void record_compromise(store::WriteTransaction& transaction, IssuerId issuer, pki::Time now);

// Progress of marking the certificates of a compromised generation.
struct FillingProgress {
  // Rows changed, and how much of the generation's serials was looked at, in per mille.
  std::uint64_t filled = 0;
  unsigned per_mille = 0;
  std::optional<pki::Time> completed_at;
};
[[nodiscard]] FillingProgress progress_of(const store::ReadTransaction& transaction, const Issuer& issuer);

// How much one step does. Among the next `batch` certificates by serial that are not done with, it fills in
// at most `rows`, those of neighbouring distribution points first. Certificates of one point are scattered
// over the serials, and certificates of neighbouring serials over the points: a step of a piece of both
// writes a third of the pages, and less, that one of serials alone would.
struct FillingStep {
  std::size_t rows = 1;
  std::size_t batch = 1;
};

// Revokes the next certificates of a compromised generation, those that are good or held. Gives true when
// none is left: then the filling is complete. The same call after a crash goes on behind the last committed
// step. REQUIRES: the generation is compromised; both numbers of the step are at least 1.
[[nodiscard]] bool revoke_batch(store::WriteTransaction& transaction, IssuerId issuer,
                                const FillingStep& step, pki::Time now);

}  // namespace registry
