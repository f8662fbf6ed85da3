// Test keys by seed and purpose: usable, the same again, and different where they should be.

#include "pki/test_keys.h"

#include <doctest/doctest.h>

#include <set>

#include "pki/hash.h"
#include "pki/public_key.h"
#include "pki/signer.h"

namespace pki {

TEST_CASE("a test key signs, and its public half verifies") {
  for (const KeyAlgorithm algorithm :
       {KeyAlgorithm::rsa_2048, KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384}) {
    const PrivateKey key = make_test_key(algorithm, 1, "ca-sign-1.key");
    CHECK(key.algorithm() == algorithm);
    const auto signer = make_openssl_signer(key);
    const Bytes digest_of_text = digest(hash_of(signer->algorithm()), as_bytes("a text"));
    CHECK(verify_digest(key.public_key(), signer->algorithm(), digest_of_text, signer->sign(digest_of_text)));
  }
}

TEST_CASE("the same seed and purpose, the same key; others, another") {
  for (const KeyAlgorithm algorithm :
       {KeyAlgorithm::rsa_2048, KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384}) {
    std::set<Bytes> keys;
    for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 130'815ULL, ~0ULL})
      for (const char* purpose : {"", "ca-sign-1.key", "ca-auth-1.key", "responder-sign-1-2.key"})
        keys.insert(make_test_key(algorithm, seed, purpose).public_key());
    CHECK(keys.size() == 20);
    CHECK(make_test_key(algorithm, 5, "a").to_der() == make_test_key(algorithm, 5, "a").to_der());
  }
}

TEST_CASE("seeds that differ modulo the number of pairs have different keys, others the same") {
  const auto key = [](std::uint64_t seed) {
    return make_test_key(KeyAlgorithm::rsa_2048, seed, "ca-sign-1.key").public_key();
  };
  CHECK(key(3) == key(3 + kTestRsaKeys));
  CHECK(key(3) != key(4));
  CHECK(key(kTestRsaKeys - 1) != key(0));
}

TEST_CASE("a key made years ago is made today") {
  CHECK(to_hex(digest(HashAlgorithm::sha256,
                      make_test_key(KeyAlgorithm::rsa_2048, 1, "ca-sign-1.key").public_key())) ==
        "FB91D9162ECF0192850B21B568CD2E05BA41FB11450C4B62FFDF0E7EE262D682");
}

}  // namespace pki
