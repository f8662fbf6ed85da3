// An application or notice that the holder made online and signed (Act 9(4), 10(4), 16-8(2), 16-9(2), 28(4),
// 29(4), 35-8(2), 35-9(2)): whose key may sign which, and what must hold when it is recorded.
//
// The document goes to the agency itself, so no municipality takes part in it. It names one certificate by
// its serial, which is what the agency records (Act 11, 30): the same document never revokes another
// certificate.

#pragma once

#include <string>
#include <vector>

#include "law/consequence.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/certificates.h"

namespace law {

// A document whose signature was verified (admin/signed_notice.h).
struct SignedNotice {
  Event event = Event::holder_application;  // Or key_notice.
  // The certificate that is to lapse.
  registry::CertificateId certificate;
  // The holder's signing certificate with which the document was verified.
  registry::CertificateId signed_with;
  pki::Time given;
  std::string sha256;  // Of the document, in hexadecimal.
};

// The article that lets the holder of a certificate of `kind` make the notice online: "Act 10(4)".
[[nodiscard]] std::string online_article(Event event, pki::CertificateKind kind);

// `in_use` are the holder's certificates that are not revoked or expired at `now`. Errc::refused_by_law with
// the article when the certificate that the notice names is not one of them, when the key of another medium
// must sign, or when the signing certificate is not one of them or is held; Errc::invalid_value
// (`application`) for a date in the future. `about` is the kind of the certificate that the notice names.
[[nodiscard]] pki::Result<void> check_signed_notice(const std::vector<Candidate>& in_use,
                                                    const SignedNotice& notice, pki::CertificateKind about,
                                                    pki::Time now);

}  // namespace law
