// Signing with Botan, and the signed structure that all of X.509 shares.
//
// Botan takes k of ECDSA from key and digest (RFC 6979), with the hash that the scheme names: the same digest
// has the same signature, which is what the mock needs.

#include <botan/pubkey.h>
#include <botan/system_rng.h>

#include "pki/botan_versions.h"
#include "pki/der.h"
#include "pki/signer.h"

namespace pki {

namespace {

class BotanSigner final : public Signer {
 public:
  explicit BotanSigner(const PrivateKey& key)
      : key_(key), algorithm_(default_signature_algorithm(key.algorithm())) {}

  SignatureAlgorithm algorithm() const override { return algorithm_; }
  const Bytes& public_key() const override { return key_.public_key(); }

  Bytes sign(ByteView digest) const override {
    // A PK_Signer keeps state, so each signature has its own; blinding needs randomness.
    Botan::System_RNG rng;
    const bool rsa = algorithm_ == SignatureAlgorithm::rsa_sha256;
    Botan::PK_Signer signer(key_.botan(), rng, scheme(), rsa ? botan::kPlainSignature : botan::kDerSignature);
    return signer.sign_message(digest.data(), digest.size(), rng);
  }

 private:
  [[nodiscard]] const char* scheme() const {
    switch (algorithm_) {
      case SignatureAlgorithm::rsa_sha256:
        return "EMSA3(Raw,SHA-256)";
      case SignatureAlgorithm::ecdsa_p256_sha256:
        return "Raw(SHA-256)";
      case SignatureAlgorithm::ecdsa_p384_sha384:
        break;
    }
    return "Raw(SHA-384)";
  }

  PrivateKey key_;
  SignatureAlgorithm algorithm_;
};

}  // namespace

std::shared_ptr<const Signer> make_botan_signer(const PrivateKey& key) {
  return std::make_shared<BotanSigner>(key);
}

Bytes sign_structure(const Signer& signer, ByteView tbs) {
  const Bytes signature = signer.sign(digest(hash_of(signer.algorithm()), tbs));
  der::Writer writer(tbs.size() + signature.size() + 32);
  writer.sequence(
      [&] { writer.raw(tbs).raw(encode_algorithm_identifier(signer.algorithm())).bit_string(signature); });
  return writer.take();
}

}  // namespace pki
