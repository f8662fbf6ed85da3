// May this resident have this certificate? The refusals of Act 3, 6, 22, 25.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "law/policy.h"
#include "pki/result.h"
#include "registry/certificates.h"
#include "registry/residents.h"

namespace law {

// A certificate that counts as in force: unexpired, good or held.
struct CertificateInForce {
  registry::CertificateId id;
  registry::Status status;
};

// By issuer and serial; the law allows one of a kind.
[[nodiscard]] std::vector<CertificateInForce> certificates_in_force(const store::ReadTransaction& transaction,
                                                                    registry::ResidentId resident,
                                                                    pki::CertificateKind kind, pki::Time now);
[[nodiscard]] std::optional<CertificateInForce> certificate_in_force(
    const store::ReadTransaction& transaction, registry::ResidentId resident, pki::CertificateKind kind,
    pki::Time now);

// Who is not in the register has no event and no certificate: Errc::refused_by_law by `article`.
[[nodiscard]] pki::Error unknown_resident(registry::ResidentId resident, std::string article);

// Everything but the second-certificate rule. Errc::refused_by_law names the article.
[[nodiscard]] pki::Result<void> check_may_hold(const registry::Resident& resident, pki::CertificateKind kind,
                                               const Policy& policy, pki::Time now);

// Act 6, 16-5, 25, 35-5: no second certificate while one is in force. Also refuses (conflict) while an issue
// of the kind is in progress.
[[nodiscard]] pki::Result<void> check_no_certificate_in_force(const store::ReadTransaction& transaction,
                                                              registry::ResidentId resident,
                                                              pki::CertificateKind kind, pki::Time now);

}  // namespace law
