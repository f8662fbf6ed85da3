// Certificates that a restored store has forgotten: issued after the backup, known by their serials alone.
//
// Nothing says what they are, so they count as held (RFC 5280: certificateHold, the one state that can end),
// on the list of the whole generation and by OCSP, until each is restored with its certificate as proof.
// One that a published list proves to be revoked stays so.

#pragma once

#include <optional>

#include "registry/certificates.h"

namespace registry {

// What is known of a lost certificate's state. Stored: never change a value.
enum class LostState : std::uint8_t {
  presumed = 1,  // Nothing: it is held because it might have been revoked.
  listed = 2,    // A published list says that it is not good.
};

// Stands for the distribution point, which is not known; it has no list of its own.
inline constexpr pki::DistributionPoint kLostPoint{999'999};

struct LostCertificate {
  // The generation may be another one of the name than that which has signed it.
  CertificateId id;
  pki::DistributionPoint point = kLostPoint;
  // Until when it stays on the lists: the end of the CA's own certificate, as its own is not known.
  pki::Time not_after;
  Revocation revocation;
  LostState state = LostState::presumed;
};

// REQUIRES: the serial has no status.
void record_lost(store::WriteTransaction& transaction, const LostCertificate& lost, pki::Time now);
// Nothing for a certificate that is not, or no longer, lost.
[[nodiscard]] std::optional<LostState> find_lost(const store::ReadTransaction& transaction,
                                                 const CertificateId& id);
// A lost certificate, and where its rows are.
struct LostRow {
  CertificateId id;
  LostState state = LostState::presumed;
};
// The same by CA name and serial, which is unique over the generations of a name: which of them has issued a
// lost certificate is not known before it is adopted.
[[nodiscard]] std::optional<LostRow> find_lost_of_name(const store::ReadTransaction& transaction,
                                                       const CertificateId& id);
[[nodiscard]] std::uint64_t count_lost(const store::ReadTransaction& transaction);

// Brings one back: its record is made, its rows go to the generation that has signed it, and when its state
// was presumed it is good, or revoked or held for `reason` since the day of its hold. REQUIRES:
// find_lost_of_name() has it, and its signature was verified.
void adopt_lost(store::WriteTransaction& transaction, const store::Vault& vault,
                const IssuedCertificate& certificate, std::optional<pki::CrlReason> reason, pki::Time now);

}  // namespace registry
