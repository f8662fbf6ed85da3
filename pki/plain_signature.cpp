// Signing with Botan: OpenSSL 3.0 has no deterministic nonces.

#include "pki/plain_signature.h"

#include <botan/pubkey.h>
#include <botan/system_rng.h>

#include <string>

#include "pki/botan_versions.h"

namespace pki {

namespace {

Bytes sign(const PrivateKey& key, ByteView text, const std::string& padding) {
  // For blinding, and the salt of PSS.
  Botan::System_RNG rng;
  const bool is_rsa = key.algorithm() == KeyAlgorithm::rsa_2048;
  Botan::PK_Signer signer(key.botan(), rng, padding, is_rsa ? botan::kPlainSignature : botan::kDerSignature);
  return signer.sign_message(text.data(), text.size(), rng);
}

}  // namespace

Bytes sign_plain_text(const PrivateKey& key, ByteView text) {
  return sign(key, text, "EMSA3(Raw)");
}

Bytes sign_pss(const PrivateKey& key, ByteView sha256) {
  return sign(key, sha256, "PSSR_Raw(SHA-256,MGF1,32)");
}

Bytes sign_digest(const PrivateKey& key, HashAlgorithm hash, ByteView digest) {
  const std::string name = to_string(hash);
  const bool is_rsa = key.algorithm() == KeyAlgorithm::rsa_2048;
  // With the hash named, the nonce is made with it as RFC 6979 section 3.2 says; "Raw" alone means SHA-512.
  return sign(key, digest, is_rsa ? "EMSA3(Raw," + name + ")" : "Raw(" + name + ")");
}

}  // namespace pki
