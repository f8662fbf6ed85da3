// Who signed a request: optionalSignature, RFC 6960 section 4.1.2.
//
// In two steps, so that a stranger's key costs the responder no calculation: first the
// certificates that may be the signer's are found by looking (named_signers), then the signature is
// verified with the key of one (is_signed_with). Whose certificate it is, and whether it counts now, is for
// verifier::Recognition to say.

#pragma once

#include <vector>

#include "ocsp/request.h"
#include "pki/result.h"
#include "verifier/recognition.h"

namespace ocsp {

// The most certificates that a signature may bring along.
inline constexpr std::size_t kMaxSignatureCerts = 8;

// The certificates that came along and may be the signer's, in the order in which they came, as views into
// the request: with a requestorName only those that bear it as their subject or in their subjectAltName. Of
// several with one key, issuer and subject the one that lasts longest stands for all. No signature is
// verified. Errc::unauthorized when there is none. REQUIRES: request.optional_signature.
[[nodiscard]] pki::Result<std::vector<verifier::RequestSigner>> named_signers(const Request& request);

// Whether the request's signature verifies with the key of this certificate (DER). Algorithms as
// pki/outside_signature.h: SHA-1 is refused.
// REQUIRES: request.optional_signature.
[[nodiscard]] bool is_signed_with(const Request& request, pki::ByteView certificate);

}  // namespace ocsp
