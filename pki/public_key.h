// Public keys: identifiers and the verification of signatures.

#pragma once

#include <memory>
#include <utility>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/signature_algorithm.h"

namespace Botan {
class Public_Key;
}

namespace pki {

// The key algorithm of a SubjectPublicKeyInfo. Errc::unsupported for anything but RSA of exactly 2048 bits
// with exponent 65537, P-256 and P-384.
[[nodiscard]] Result<KeyAlgorithm> key_algorithm_of(ByteView subject_public_key_info);

// The content of the BIT STRING subjectPublicKey, without tag, length and unused bits: what OCSP's
// issuerKeyHash (RFC 6960 section 4.1.1) and the key identifier are computed over.
[[nodiscard]] Result<ByteView> subject_public_key_bits(ByteView subject_public_key_info);

// Method (1) of RFC 5280 section 4.2.1.2: SHA-1 of the BIT STRING's content.
[[nodiscard]] Result<Bytes> key_identifier(ByteView subject_public_key_info);

// A key made ready once for many verifications: loading costs more than verifying. Copies share it; usable
// from any thread.
class PublicKey final {
 public:
  // Errc::unsupported and Errc::malformed as key_algorithm_of().
  static Result<PublicKey> load(ByteView subject_public_key_info);

  // False also when `algorithm` is not one of this key.
  [[nodiscard]] bool verify_digest(SignatureAlgorithm algorithm, ByteView digest, ByteView signature) const;
  // With a digest of the signer's choice, as others than our profiles allow: PKCS#1 v1.5 for RSA, ECDSA for
  // the curves. False for SHA-1, and for a digest of another length.
  [[nodiscard]] bool verify_digest(HashAlgorithm hash, ByteView digest, ByteView signature) const;
  [[nodiscard]] KeyAlgorithm algorithm() const { return algorithm_; }

 private:
  PublicKey(std::shared_ptr<const Botan::Public_Key> key, KeyAlgorithm algorithm)
      : key_(std::move(key)), algorithm_(algorithm) {}

  std::shared_ptr<const Botan::Public_Key> key_;
  KeyAlgorithm algorithm_;
};

// A signature over a message, or over its digest made with hash_of(algorithm). False also for a key that
// does not belong to the algorithm; the key must be acceptable to key_algorithm_of().
[[nodiscard]] bool verify_digest(ByteView subject_public_key_info, SignatureAlgorithm algorithm,
                                 ByteView digest, ByteView signature);
[[nodiscard]] bool verify_message(ByteView subject_public_key_info, SignatureAlgorithm algorithm,
                                  ByteView message, ByteView signature);

}  // namespace pki
