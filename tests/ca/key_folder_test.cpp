// Keys in plain files, under a passphrase and on a token; and a folder that is brought from one form into
// another.

#include "ca/key_folder.h"

#include <doctest/doctest.h>

#include <fstream>

#include "ca/certificate_builder.h"
#include "ca/left_keys.h"
#include "pki/public_key.h"
#include "tests/support/command.h"
#include "tests/support/soft_token.h"

namespace ca {

namespace {

std::shared_ptr<KeyAccess> knowing(const std::string& passphrase, const std::string& pin = "1234") {
  return std::make_shared<KeyAccess>(
      [passphrase]() -> pki::Result<pki::Secret> { return pki::Secret(passphrase); },
      [pin]() -> pki::Result<pki::Secret> { return pki::Secret(pin); });
}

pki::PrivateKey make_key(std::string_view /*purpose*/, pki::KeyAlgorithm algorithm) {
  pki::Rng rng = pki::Rng::system();
  return pki::PrivateKey::generate(algorithm, rng);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const pki::Bytes kSealing(32, 7);

}  // namespace

TEST_CASE("a folder without a word about it keeps plain keys") {
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "keys");
  const auto signer = keys.make_signer("ca-sign-1.key", pki::KeyAlgorithm::ecdsa_p256, make_key).value();
  CHECK(text_of(keys.path_of("ca-sign-1.key")).starts_with("-----BEGIN PRIVATE KEY-----"));
  CHECK(keys.load("ca-sign-1.key").value().public_key() == signer->public_key());
  REQUIRE(keys.save_sealing_key(kSealing).has_value());
  CHECK(keys.load_sealing_key().value() == kSealing);
  CHECK(keys.files_to_back_up().value().may_travel.empty());
  CHECK(keys.files_to_back_up().value().plain.size() == 2);
}

TEST_CASE("with a maker of signers each key is made ready once, however often the folder is opened") {
  const support::TemporaryFolder folder;
  std::size_t made = 0;
  const auto access = std::make_shared<KeyAccess>([&](const pki::PrivateKey& key) {
    ++made;
    return pki::make_botan_signer(key);
  });
  const pki::PrivateKey key = make_key("a.key", pki::KeyAlgorithm::ecdsa_p256);
  const auto give = [&](std::string_view, pki::KeyAlgorithm) { return key; };
  const pki::Bytes certificate =
      make_ca_certificate(
          Profile::make({.public_url = "http://127.0.0.1:8080"}).value(),
          {.ca = pki::CaName::operations, .serial = pki::SerialNumber(1), .issued_at = pki::Time{}},
          *pki::VerifyingSigner::wrap(pki::make_openssl_signer(key)).value())
          .value();
  const auto signer = KeyFolder(folder.path() / "keys", access)
                          .make_signer("a.key", pki::KeyAlgorithm::ecdsa_p256, give)
                          .value();
  for (int opened = 0; opened < 2; ++opened) {
    const KeyFolder keys(folder.path() / "keys", access);
    CHECK(keys.load_signer("a.key", certificate).value() == signer);
    // The file has to be there all the same.
    CHECK(keys.load_signer("b.key", certificate).error().code == pki::Errc::not_found);
  }
  CHECK(made == 1);
}

TEST_CASE("a folder under a passphrase opens with it alone, and its files may travel") {
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "keys", knowing("right"));
  REQUIRE(keys.set_keeping({.passphrase = true}).has_value());
  keys.save("a.key", make_key("a.key", pki::KeyAlgorithm::ecdsa_p256));
  REQUIRE(keys.save_sealing_key(kSealing).has_value());
  CHECK(keys.load("a.key").has_value());
  CHECK(keys.load_sealing_key().value() == kSealing);
  for (const auto& access : {knowing("wrong"), std::shared_ptr<KeyAccess>()}) {
    const KeyFolder other(folder.path() / "keys", access);
    CHECK(other.load("a.key").error().code == pki::Errc::invalid_value);
    CHECK(other.load_sealing_key().error().code == pki::Errc::invalid_value);
  }
  CHECK(KeyFolder(folder.path() / "keys", knowing("wrong")).load("a.key").error().text().find("a.key") !=
        std::string::npos);
  CHECK(keys.files_to_back_up().value().plain.empty());
  CHECK(keys.files_to_back_up().value().may_travel.size() == 3);
}

TEST_CASE("plain keys are encrypted, get another passphrase, and a wrong one changes nothing") {
  const support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "keys";
  pki::Bytes public_key;
  {
    const KeyFolder keys(path);
    const pki::PrivateKey key = make_key("a.key", pki::KeyAlgorithm::ecdsa_p256);
    public_key = key.public_key();
    keys.save("a.key", key);
    REQUIRE(keys.save_sealing_key(kSealing).has_value());
    REQUIRE(keys.protect({.passphrase = true}, *knowing("one")).has_value());
  }
  CHECK(KeyFolder(path, knowing("one")).load("a.key").value().public_key() == public_key);
  const std::string before = text_of(path / "a.key");
  CHECK(KeyFolder(path, knowing("wrong")).protect({.passphrase = true}, *knowing("two")).has_error());
  CHECK(text_of(path / "a.key") == before);
  REQUIRE(KeyFolder(path, knowing("one")).protect({.passphrase = true}, *knowing("two")).has_value());
  CHECK(KeyFolder(path, knowing("one")).load("a.key").has_error());
  CHECK(KeyFolder(path, knowing("two")).load("a.key").value().public_key() == public_key);
  CHECK(KeyFolder(path, knowing("two")).load_sealing_key().value() == kSealing);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "keys.new"));
}

TEST_CASE("the sealing key moves out of the folder") {
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "data" / "keys", knowing("one"));
  const std::filesystem::path elsewhere = folder.path() / "elsewhere" / "seal";
  keys.save("a.key", make_key("a.key", pki::KeyAlgorithm::ecdsa_p256));
  REQUIRE(keys.save_sealing_key(kSealing).has_value());
  REQUIRE(keys.protect({.passphrase = true, .sealing_key = elsewhere}, *knowing("one")).has_value());
  CHECK(keys.load_sealing_key().value() == kSealing);
  CHECK_FALSE(std::filesystem::exists(keys.path_of("registry.key")));
  std::filesystem::remove(elsewhere);
  CHECK(keys.load_sealing_key().error().code == pki::Errc::not_found);
}

TEST_CASE("keys are made on a token, named in files, and wrap the sealing key") {
  const support::SoftToken soft;
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "keys", knowing("", "1234"));
  REQUIRE(keys.set_keeping({.token = soft.uri()}).has_value());
  const auto signer = keys.make_signer("ca-sign-1.key", pki::KeyAlgorithm::ecdsa_p256, make_key).value();
  CHECK(signer->place() == pki::SignerPlace::remote);
  CHECK(text_of(keys.path_of("ca-sign-1.key")).find("PRIVATE KEY") == std::string::npos);
  CHECK(keys.load("ca-sign-1.key").error().code == pki::Errc::unsupported);
  REQUIRE(keys.save_sealing_key(kSealing).has_value());
  CHECK(keys.load_sealing_key().value() == kSealing);
  CHECK(text_of(keys.path_of("registry.key")).find(pki::to_hex(kSealing)) == std::string::npos);
  CHECK(keys.make_signer("ca-sign-1.key", pki::KeyAlgorithm::ecdsa_p256, make_key).error().code ==
        pki::Errc::conflict);
}

TEST_CASE(
    "a key that was set aside keeps its label on the token, and the next one of the name gets another") {
  const support::SoftToken soft;
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "keys", knowing("", "1234"));
  REQUIRE(keys.set_keeping({.token = soft.uri()}).has_value());
  const auto make = [&] {
    return keys.make_signer("ca-sign-2.key", pki::KeyAlgorithm::ecdsa_p256, make_key).value();
  };
  const auto now = pki::parse_rfc3339("2026-12-01T04:08:53Z").value();
  const registry::IssuerId second{pki::CaName::sign, 2};
  make();
  const auto left = find_left_keys(keys, second, now);
  REQUIRE(left.size() == 1);
  set_aside(keys, left);
  const auto signer = make();
  CHECK(text_of(keys.path_of("ca-sign-2.left-20261201T040853Z.key")).find("label: ca-sign-2\n") !=
        std::string::npos);
  CHECK(text_of(keys.path_of("ca-sign-2.key")).find("label: ca-sign-2-2\n") != std::string::npos);
  CHECK(find_left_keys(keys, second, now).size() == 1);
}

TEST_CASE("keys are set aside by their generation, once, under names that are free") {
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "keys");
  const registry::IssuerId second{pki::CaName::sign, 2};
  const auto now = pki::parse_rfc3339("2026-12-01T04:08:53Z").value();
  const auto put = [&](const std::string& name) {
    keys.save(name, make_key(name, pki::KeyAlgorithm::ecdsa_p256));
  };
  for (const char* name : {"ca-sign-1.key", "ca-auth-2.key", "ca-sign-20.key", "responder-sign-20-7.key"})
    put(name);
  CHECK(find_left_keys(keys, second, now).empty());
  for (int n = 0; n < 2; ++n) {
    put("ca-sign-2.key");
    put("responder-sign-2-7.key");
    set_aside(keys, find_left_keys(keys, second, now));
  }
  CHECK(find_left_keys(keys, second, now).empty());
  for (const char* name :
       {"ca-sign-2.left-20261201T040853Z.key", "ca-sign-2.left-20261201T040853Z-2.key",
        "responder-sign-2-7.left-20261201T040853Z.key", "responder-sign-2-7.left-20261201T040853Z-2.key"})
    CHECK(keys.load(name).has_value());
}

TEST_CASE("another passphrase takes keys along that were set aside, and half a key as it is") {
  const support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "keys";
  const KeyFolder keys(path);
  keys.save("ca-sign-2.left-20261201T040853Z.key", make_key("", pki::KeyAlgorithm::ecdsa_p256));
  support::write_file(path / "ca-auth-2.left-20261201T040853Z.key", pki::as_bytes("-----BEGIN PRIV"));
  std::filesystem::permissions(path / "ca-auth-2.left-20261201T040853Z.key",
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  REQUIRE(keys.save_sealing_key(kSealing).has_value());
  REQUIRE(keys.protect({.passphrase = true}, *knowing("one")).has_value());
  CHECK(KeyFolder(path, knowing("one")).load("ca-sign-2.left-20261201T040853Z.key").has_value());
  CHECK(text_of(path / "ca-auth-2.left-20261201T040853Z.key") == "-----BEGIN PRIV");
}

TEST_CASE("a removed key is gone from the token, too") {
  const support::SoftToken soft;
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "keys", knowing("", "1234"));
  REQUIRE(keys.set_keeping({.token = soft.uri()}).has_value());
  REQUIRE(keys.make_signer("a.key", pki::KeyAlgorithm::ecdsa_p256, make_key).has_value());
  REQUIRE(keys.remove("a.key").has_value());
  CHECK(keys.list().empty());
  CHECK(keys.make_signer("a.key", pki::KeyAlgorithm::ecdsa_p256, make_key).has_value());
}

TEST_CASE("a file that names a key incompletely is malformed") {
  const support::SoftToken soft;
  const support::TemporaryFolder folder;
  const KeyFolder keys(folder.path() / "keys", knowing("", "1234"));
  REQUIRE(keys.set_keeping({.token = soft.uri()}).has_value());
  REQUIRE(keys.make_signer("a.key", pki::KeyAlgorithm::ecdsa_p256, make_key).has_value());
  const std::string whole = text_of(keys.path_of("a.key"));
  for (const std::size_t length : {whole.size() - 40, whole.find("id: ") + 6, whole.find("label")}) {
    std::ofstream(keys.path_of("a.key"), std::ios::binary) << whole.substr(0, length);
    CHECK(keys.load_signer("a.key", {}).error().code == pki::Errc::malformed);
  }
}

}  // namespace ca
