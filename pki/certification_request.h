// PKCS#10 certification requests (RFC 2986).
//
// JPKI takes the public key from a request and nothing else: subject and attributes are the authority's
// business. The request's signature is the proof of possession.

#pragma once

#include "pki/bytes.h"
#include "pki/private_key.h"
#include "pki/result.h"
#include "pki/signer.h"

namespace pki {

// The verified content of a request.
struct CertificationRequest {
  // The whole request as DER.
  Bytes der;
  Bytes subject_public_key_info;
  KeyAlgorithm key_algorithm = KeyAlgorithm::rsa_2048;
};

// DER, or PEM with one CERTIFICATE REQUEST block. Errc::malformed when it is not a request or its signature
// does not verify, Errc::unsupported for a key that the profiles do not know.
[[nodiscard]] Result<CertificationRequest> verify_certification_request(ByteView der_or_pem);

// A request signed with the key, with an empty subject.
[[nodiscard]] Bytes make_certification_request(const PrivateKey& key);
// The same wherever the key is. Throws what Signer::sign() throws.
[[nodiscard]] Bytes make_certification_request(const Signer& signer);

}  // namespace pki
