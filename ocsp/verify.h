// Judging an answer as a relying party does: RFC 6960 section 3.2.
//
// Used on our own answers before a responder goes live, by /readyz, by `jpki ocsp query` and by the tests.

#pragma once

#include <optional>

#include "ocsp/response.h"
#include "pki/certificate.h"
#include "pki/result.h"
#include "pki/time.h"

namespace ocsp {

// What the one who asked knows.
struct Expectation {
  // The CA certificate under which the certificates asked about were issued.
  const pki::Certificate& issuer;
  // The request as it was sent: every CertID of it must be answered, and its nonce repeated.
  const Request& request;
  pki::Time now;
  // How far the clocks may disagree.
  pki::Seconds tolerance{300};
  // How old thisUpdate may be in an answer without nextUpdate, which does not say itself how long it counts.
  pki::Seconds age_max{24 * 60 * 60};
};

// Who signed.
enum class SignedBy : std::uint8_t { issuer, delegate };

// An answer that has been accepted.
struct Verified {
  SignedBy signed_by = SignedBy::issuer;
  // The delegate's certificate.
  std::optional<pki::Certificate> delegate;
};

// Accepts an answer signed by the issuer's own key, or by a delegate: a certificate sent along that the
// issuer signed, in force now, with the key purpose OCSPSigning (section 4.2.2.2) and no critical extension
// that is not known here (RFC 5280 section 4.2). The detail of an error says which rule failed.
[[nodiscard]] pki::Result<Verified> verify_response(const BasicResponse& response,
                                                    const Expectation& expectation);

}  // namespace ocsp
