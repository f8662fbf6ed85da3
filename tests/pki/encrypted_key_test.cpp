// Keys under a passphrase: the round, the wrong passphrase, and files that are cut or altered.

#include "pki/encrypted_key.h"

#include <doctest/doctest.h>

#include "pki/hash.h"
#include "pki/sealing.h"

namespace pki {

TEST_CASE("a key under a passphrase opens with it, and with no other") {
  Rng rng = Rng::system();
  const PrivateKey key = PrivateKey::generate(KeyAlgorithm::ecdsa_p256, rng);
  const std::string pem = encrypt_key(key, Secret("右近の橘"), rng);
  CHECK(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  CHECK(decrypt_key("# a heading\n" + pem, Secret("右近の橘")).value().public_key() == key.public_key());
  const auto refused = decrypt_key(pem, Secret("左近の桜"));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::invalid_value);
}

TEST_CASE("an encrypted key names PBES2, scrypt and AES-256-CBC") {
  Rng rng = Rng::system();
  const PrivateKey key = PrivateKey::generate(KeyAlgorithm::ecdsa_p256, rng);
  const auto blocks = decode_pem_blocks(encrypt_key(key, Secret("x"), rng), kEncryptedKeyLabel).value();
  const std::string hex = to_hex(blocks.at(0));
  CHECK(hex.find("06092A864886F70D01050D") != std::string::npos);  // 1.2.840.113549.1.5.13
  CHECK(hex.find("06092B06010401DA47040B") != std::string::npos);  // 1.3.6.1.4.1.11591.4.11
  CHECK(hex.find("060960864801650304012A") != std::string::npos);  // 2.16.840.1.101.3.4.1.42
  CHECK(hex.find("02024000") != std::string::npos);                // N = 2^14
}

TEST_CASE("an encrypted key that is cut off is malformed, wherever it is cut") {
  Rng rng = Rng::system();
  const std::string pem = encrypt_key(PrivateKey::generate(KeyAlgorithm::ecdsa_p256, rng), Secret("x"), rng);
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, pem.size() / 2, pem.size() - 30}) {
    const auto refused = decrypt_key(pem.substr(0, length), Secret("x"));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == Errc::malformed);
  }
}

TEST_CASE("a secret under a passphrase is bound to its purpose") {
  Rng rng = Rng::system();
  const Bytes secret = rng.bytes(32);
  const std::string text = encrypt_secret(secret, "registry.key", Secret("x"), rng);
  CHECK(is_encrypted_secret(text));
  CHECK(decrypt_secret(text, "registry.key", Secret("x")).value() == secret);
  CHECK(decrypt_secret(text, "other.key", Secret("x")).error().code == Errc::invalid_value);
  CHECK(decrypt_secret(text, "registry.key", Secret("y")).error().code == Errc::invalid_value);
  CHECK(decrypt_secret(text.substr(0, 60), "registry.key", Secret("x")).error().code == Errc::malformed);
}

TEST_CASE("a passphrase is the first line of what was given") {
  std::string text = "correct horse\r\nbattery";
  CHECK(secret_from_line(text).value().text() == "correct horse");
  CHECK(text.empty());
  std::string empty = "\n", much(2000, 'x');
  CHECK(secret_from_line(empty).has_error());
  CHECK(secret_from_line(much).has_error());
}

}  // namespace pki
