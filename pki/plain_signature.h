// Signatures as the key on a card makes them: over what the caller gives, not over what a profile prescribes.
// For everything that this program signs itself, see pki/signer.h.

#pragma once

#include <cstddef>

#include "pki/bytes.h"
#include "pki/hash.h"
#include "pki/private_key.h"

namespace pki {

// The longest text that fits under a 2048-bit key: k - 11 (RFC 8017 section 9.2).
inline constexpr std::size_t kPlainTextMax = 245;

// RSASSA-PKCS1-v1_5 with `text` as it is in the place of the DigestInfo (RFC 8017 section 9.2, step 5).
// REQUIRES: an RSA key, 1 to kPlainTextMax bytes.
[[nodiscard]] Bytes sign_plain_text(const PrivateKey& key, ByteView text);
// RSASSA-PSS over a SHA-256 digest, MGF1 with SHA-256, a random salt of 32 bytes (RFC 8017 section 8.1).
// REQUIRES: an RSA key, 32 bytes.
[[nodiscard]] Bytes sign_pss(const PrivateKey& key, ByteView sha256);
// PKCS#1 v1.5 with the DigestInfo of `hash`; under an elliptic curve ECDSA in DER, with the nonce of RFC
// 6979. REQUIRES: digest_size(hash) bytes.
[[nodiscard]] Bytes sign_digest(const PrivateKey& key, HashAlgorithm hash, ByteView digest);

}  // namespace pki
