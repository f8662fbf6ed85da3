// A private key in use: code that signs holds one of these and never sees the key.

#pragma once

#include <memory>

#include "pki/bytes.h"
#include "pki/message.h"
#include "pki/private_key.h"
#include "pki/signature_algorithm.h"

namespace pki {

// Thrown by a signer whose key cannot be reached now, as one on a token that is being started again: the same
// may succeed later. The text says what is away and what to do.
class SignerAway : public MessageError {
 public:
  using MessageError::MessageError;
};

// Where a key does its work: in this process, for microseconds, or on a token, for milliseconds or until it
// answers again. Who must not wait asks first.
enum class SignerPlace { in_process, remote };

// Usable from any thread at once.
class Signer {
 public:
  virtual ~Signer() = default;
  [[nodiscard]] virtual SignatureAlgorithm algorithm() const = 0;
  // SubjectPublicKeyInfo, DER.
  [[nodiscard]] virtual const Bytes& public_key() const = 0;
  [[nodiscard]] virtual SignerPlace place() const { return SignerPlace::in_process; }
  // The signature over a digest made with hash_of(algorithm()). Throws SignerAway when the key cannot be
  // reached, std::runtime_error when it fails.
  [[nodiscard]] virtual Bytes sign(ByteView digest) const = 0;
};

// OpenSSL's arithmetic: twice as fast for RSA as Botan 2 (signer_openssl.cpp).
[[nodiscard]] std::shared_ptr<const Signer> make_openssl_signer(const PrivateKey& key);
// Botan's, for machines where OpenSSL's is not wanted, and as a check of the other (signer_botan.cpp).
[[nodiscard]] std::shared_ptr<const Signer> make_botan_signer(const PrivateKey& key);

// Certificate, CertificateList and BasicOCSPResponse have one shape: SEQUENCE { tbs, signatureAlgorithm,
// signature BIT STRING }. Signs `tbs`, a complete encoding.
[[nodiscard]] Bytes sign_structure(const Signer& signer, ByteView tbs);

}  // namespace pki
