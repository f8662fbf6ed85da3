// Whether a certificate of somebody else's CA may sign requests: a small part of RFC 5280 section 6, for the
// CAs that verifiers register.
//
// Names are compared by their bytes. Not done: policies, name constraints (a critical one is refused), and
// revocation by CRL or OCSP, which the caller answers for.

#pragma once

#include <vector>

#include "pki/certificate.h"
#include "pki/result.h"
#include "pki/time.h"

namespace pki {

struct RequestSignerPath {
  const Certificate& signer;
  // Certificates that may stand between, DER, in any order.
  const std::vector<ByteView>& others;
  // What is trusted.
  const Certificate& anchor;
  Time now;
};

// Whether the issuers' names lead from the signer to the anchor, directly or through certificates that came
// with it; the anchor leads to itself. A look, not a proof: no signature is verified.
[[nodiscard]] bool leads_by_name(const Certificate& signer, const std::vector<ByteView>& others,
                                 const Certificate& anchor);

// Whether `issuer` has the name of the certificate's issuer, and its key made the signature. Whether it may
// issue, and when, is not looked at.
[[nodiscard]] bool is_issued_by(const Certificate& certificate, const Certificate& issuer);

// Accepts the anchor itself, or a certificate with a path of at most four issuers to it. All are in force at
// `now` and have no critical extension that is not understood here; issuers are CAs that may sign
// certificates and allow the path's length; the signer may sign (keyUsage digitalSignature or
// nonRepudiation) and, where it has an extended key usage, this names clientAuth, any purpose, or our own one
// for requests. Errc::not_found when the path does not lead to this anchor, else Errc::unauthorized with the
// reason. A key is used only after a trusted one has signed its certificate: the sender of
// certificates cannot choose what is computed.
[[nodiscard]] Result<void> check_request_signer_path(const RequestSignerPath& path);

// Whether a certificate may be such an anchor: a CA certificate in force whose key this program can verify
// with. Errc::invalid_value, field "ca".
[[nodiscard]] Result<void> check_request_ca(const Certificate& certificate, Time now);

// True when extendedKeyUsage is present and names the purpose.
[[nodiscard]] bool has_key_purpose(const Certificate& certificate, const Oid& purpose);

}  // namespace pki
