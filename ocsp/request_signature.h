// Who signed a request: optionalSignature, RFC 6960 section 4.1.2.
//
// Here the signature is verified, and that the certificate belongs to the requestorName; whose certificate it
// is, and whether it counts now, is for registry::Recognition to say.

#pragma once

#include "ocsp/request.h"
#include "pki/result.h"
#include "verifier/recognition.h"

namespace ocsp {

// The most certificates that a signature may bring along.
inline constexpr std::size_t kMaxSignatureCerts = 8;

// The signer, as views into the request: the first certificate that came along with whose key the signature
// verifies. With a requestorName only those count that bear it as their subject or in their subjectAltName.
// Algorithms as pki/outside_signature.h: SHA-1 is refused. Errc::unauthorized says what is wrong.
// REQUIRES: request.optional_signature.
[[nodiscard]] pki::Result<verifier::RequestSigner> verify_request_signature(const Request& request);

}  // namespace ocsp
