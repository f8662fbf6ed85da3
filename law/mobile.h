// The mobile pair (移動端末設備用電子証明書; Act 16-2 to 16-14, 35-2 to 35-14): a second certificate of each
// kind in the holder's phone, applied for with the card's signing key, that is revoked together with the
// card's.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "law/eligibility.h"
#include "law/rule.h"
#include "pki/bytes.h"
#include "pki/result.h"
#include "registry/certificates.h"
#include "store/vault.h"

namespace law {

// The card's kind on which a mobile one rests; a card's kind itself.
[[nodiscard]] pki::CertificateKind card_kind(pki::CertificateKind kind);
// The mobile kind that corresponds to a card's kind; a mobile one itself.
[[nodiscard]] pki::CertificateKind mobile_kind(pki::CertificateKind kind);

// Whether an event that names `named` (absent: every kind) concerns a certificate of `kind`: what concerns a
// card's certificate concerns the mobile one that rests on it.
[[nodiscard]] bool concerns_kind(std::optional<pki::CertificateKind> named, pki::CertificateKind kind);

// The article by which a mobile certificate is revoked with the card's, which falls by `card_article`.
[[nodiscard]] std::string mobile_article(pki::CertificateKind kind, std::string_view card_article);
// The same for one that is revoked by itself: its holder's application or notice, or an error in what it
// records; `card_article`, the rule's own, for what rests on practice alone.
[[nodiscard]] std::string own_mobile_article(pki::CertificateKind kind, Event event,
                                             std::string_view card_article);

// An application for a mobile certificate, made online with the card's signing key (Act 16-2(2), 35-2(2)).
struct MobileApplication {
  registry::ResidentId resident;
  pki::CertificateKind kind = pki::CertificateKind::mobile_sign;
  // PKCS#10, DER.
  pki::ByteView certification_request;
  // CMS SignedData over the request, DER; the content is inside or is the request itself.
  pki::ByteView signed_data;
};

// Verifies the application (Act 16-2(3), 35-2(3)) and gives the card's certificate on which the new one is to
// rest: of the same kind and good at `now`. Errc::invalid_value (`application`) when it is no SignedData, was
// not made by the holder's card or is over another request; Errc::refused_by_law when the card's certificates
// are not in force.
[[nodiscard]] pki::Result<CertificateInForce> check_mobile_application(
    const store::ReadTransaction& transaction, const store::Vault& vault,
    const MobileApplication& application, pki::Time now);

// Errc::refused_by_law when a certificate of the resident, in force or not, has this key already. A phone's
// certificate is for a pair that is made upon its application (Act 16-2(4), 35-2(4)); so one application,
// which is for one key, counts once and for one kind. Nothing for a card's kind.
[[nodiscard]] pki::Result<void> check_application_is_new(const store::ReadTransaction& transaction,
                                                         const store::Vault& vault,
                                                         registry::ResidentId resident,
                                                         pki::CertificateKind kind,
                                                         pki::ByteView subject_public_key_info);

// The card's certificate on which a mobile one rests, or rested.
[[nodiscard]] std::optional<registry::CertificateId> card_certificate_of(
    const store::ReadTransaction& transaction, const store::Vault& vault,
    const registry::IssuedCertificate& mobile);
// The mobile certificates that rest or rested on a card's one, by serial.
[[nodiscard]] std::vector<registry::CertificateId> mobile_certificates_of(
    const store::ReadTransaction& transaction, const store::Vault& vault,
    const registry::IssuedCertificate& card);

}  // namespace law
