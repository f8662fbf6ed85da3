// One signature verified with a key that is used once, by OpenSSL, on parts that our strict reader has
// passed.
//
// Botan 2 takes a third of a millisecond to load an RSA key (it divides in constant time, which a public key
// does not need), and thirteen times less to verify. A key that stays in use is a pki::PublicKey.

#pragma once

#include "pki/bytes.h"
#include "pki/hash.h"

namespace pki {

// PKCS#1 v1.5. Modulus and exponent as the contents of their INTEGERs.
[[nodiscard]] bool verify_rsa_once(ByteView modulus, ByteView exponent, HashAlgorithm hash, ByteView digest,
                                   ByteView signature);
// `group` by OpenSSL's name, the point uncompressed, the signature as DER (RFC 3279 section 2.2.3).
[[nodiscard]] bool verify_ecdsa_once(const char* group, ByteView point, HashAlgorithm hash, ByteView digest,
                                     ByteView signature);

}  // namespace pki
