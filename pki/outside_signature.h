// Signatures by keys that are not of our making: what verifiers sign their requests with.
//
// Our own profiles name three algorithms (pki/signature_algorithm.h); a verifier's CA may use others.

#pragma once

#include "pki/bytes.h"
#include "pki/certificate.h"

namespace pki {

// An AlgorithmIdentifier and a signature made with it.
struct OutsideSignature {
  ByteView algorithm;  // The whole encoding.
  ByteView signature;
};

// Whether the signature over `message` was made with this key (SubjectPublicKeyInfo, DER). Known are RSA
// PKCS#1 v1.5 with keys of 2048 to 4096 bits and a public exponent of at most 65537, and ECDSA on P-256,
// P-384 and P-521, each with SHA-256, SHA-384 or SHA-512; false for everything else. SHA-1 is refused: a
// collision would let one signature stand for two requests. The parameters of the RSA algorithms may be NULL
// or absent (RFC 4055 section 5).
[[nodiscard]] bool verify_outside(ByteView subject_public_key_info, const OutsideSignature& signature,
                                  ByteView message);
// Whether an AlgorithmIdentifier (the whole encoding) is one of these, so that a caller can distinguish a
// signature that is wrong from one that cannot be judged. Errc::unsupported names the algorithm;
// Errc::malformed for what is none, or has parameters that its standard does not allow.
[[nodiscard]] Result<void> check_outside_algorithm(ByteView algorithm);

// verify_outside() for a certificate and its issuer's key.
[[nodiscard]] bool is_signed_by_outside(const Certificate& certificate, ByteView issuer_public_key_info);

}  // namespace pki
