// PKCS#10 requests made by the real openssl: the key is taken, possession must be proved.

#include <doctest/doctest.h>

#include <string>

#include "pki/certification_request.h"
#include "pki/der.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

using namespace pki;

namespace {

// `openssl req -new` with a fresh key; DER.
Bytes make_request(const std::string& key_arguments,
                   const std::string& request_arguments = "-subj /CN=someone") {
  const support::TemporaryFolder folder;
  const auto made = support::run(
      "cd " + folder.path().string() + " && openssl genpkey " + key_arguments +
      " -out key.pem 2>/dev/null && openssl req -new -key key.pem -outform DER -out request.der " +
      request_arguments);
  if (made.exit_code != 0) throw std::runtime_error("openssl cannot make the request: " + made.output);
  return support::read_file(folder.file("request.der"));
}

constexpr const char* kP256 = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

Errc error_of(ByteView request) {
  const auto result = verify_certification_request(request);
  REQUIRE(result.has_error());
  CHECK_FALSE(result.error().text().empty());
  return result.error().code;
}

}  // namespace

TEST_CASE("requests of openssl are accepted, with any subject and attributes") {
  const auto rsa = verify_certification_request(make_request("-algorithm RSA -pkeyopt rsa_keygen_bits:2048"));
  REQUIRE(rsa.has_value());
  CHECK(rsa->key_algorithm == KeyAlgorithm::rsa_2048);
  const auto p256 = verify_certification_request(
      make_request(kP256, "-subj /C=JP/O=Someone -addext subjectAltName=DNS:example.invalid"));
  REQUIRE(p256.has_value());
  CHECK(p256->key_algorithm == KeyAlgorithm::ecdsa_p256);
  const auto p384 = verify_certification_request(
      make_request("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-subj / -sha384"));
  REQUIRE(p384.has_value());
  CHECK(p384->key_algorithm == KeyAlgorithm::ecdsa_p384);
}

TEST_CASE("a request may be PEM, under either label, with text around it") {
  const Bytes der = make_request(kP256);
  const std::string pem = encode_pem("CERTIFICATE REQUEST", der);
  CHECK(verify_certification_request(as_bytes(pem)).has_value());
  CHECK(verify_certification_request(as_bytes("Certificate Request:\n" + pem)).has_value());
  CHECK(verify_certification_request(as_bytes(encode_pem("NEW CERTIFICATE REQUEST", der))).has_value());
  CHECK(error_of(as_bytes(pem + pem)) == Errc::malformed);
  CHECK(error_of(as_bytes(encode_pem("CERTIFICATE", der))) == Errc::malformed);
}

TEST_CASE("keys that the profiles do not know are unsupported") {
  for (const char* arguments :
       {"-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
        "-algorithm RSA -pkeyopt rsa_keygen_pubexp:3", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", "-algorithm ED25519"}) {
    CAPTURE(std::string(arguments));
    CHECK(error_of(make_request(arguments)) == Errc::unsupported);
  }
}

TEST_CASE("a digest that does not belong to the key is unsupported") {
  CHECK(error_of(make_request("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-subj / -sha1")) ==
        Errc::unsupported);
  CHECK(error_of(make_request("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-subj / -sha512")) ==
        Errc::unsupported);
}

TEST_CASE("possession is not proved when any bit of the request was changed") {
  const Bytes request = make_request(kP256);
  int refused = 0;
  for (std::size_t at = 0; at < request.size(); ++at) {
    Bytes altered = request;
    altered[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    CAPTURE(at);
    CHECK(verify_certification_request(altered).has_error());
    ++refused;
  }
  CHECK(refused == static_cast<int>(request.size()));
}

TEST_CASE("a signature is whole bytes") {
  // Needs a signature that ends with a zero bit, for which one unused bit would still be DER.
  Rng rng = Rng::seeded(1);
  const PrivateKey key = PrivateKey::generate(KeyAlgorithm::ecdsa_p256, rng);
  Bytes request = make_certification_request(key);
  for (int tries = 0; (request.back() & 1U) != 0 && tries < 100; ++tries)
    request = make_certification_request(key);
  REQUIRE(verify_certification_request(request).has_value());
  der::Reader outer(request);
  der::Reader parts = outer.enter_sequence().value();
  REQUIRE((parts.read_any().has_value() && parts.read_any().has_value()));
  // What is left is the BIT STRING: tag, one byte of length, the count of unused bits.
  request[request.size() - parts.rest().size() + 2] = 1;
  CHECK(error_of(request) == Errc::malformed);
}

TEST_CASE("a signature by another key proves nothing") {
  const auto& keys = support::authority_keys();
  Bytes request = make_certification_request(keys[0]);
  CHECK(verify_certification_request(request).value().subject_public_key_info == keys[0].public_key());
  const Bytes other = make_certification_request(keys[1]);
  // The signature of the one under the content of the other: both end with 256 bytes of RSA signature.
  std::copy(other.end() - 256, other.end(), request.end() - 256);
  CHECK(error_of(request) == Errc::malformed);
}

TEST_CASE("what is not exactly one request is malformed") {
  const Bytes request = make_request(kP256);
  Bytes longer = request;
  longer.push_back(0);
  CHECK(error_of(longer) == Errc::malformed);
  CHECK(error_of(ByteView(request).first(request.size() - 1)) == Errc::malformed);
  CHECK(error_of({}) == Errc::malformed);
  CHECK(error_of(as_bytes("-----BEGIN CERTIFICATE REQUEST-----\n")) == Errc::malformed);
  CHECK(error_of(as_bytes("hello")) == Errc::malformed);
}

TEST_CASE("the verdict of each corpus file is in its name") {
  const auto folder = support::source_folder() / "tests/fuzz/corpus/certification_request";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    CHECK(verify_certification_request(support::read_file(entry.path())).has_value() ==
          name.starts_with("good_"));
    ++files;
  }
  CHECK(files >= 7);
}

TEST_CASE("openssl verifies the requests that we make") {
  const support::TemporaryFolder folder;
  Rng rng = Rng::seeded(1);
  for (const PrivateKey& key :
       {support::authority_keys()[0], PrivateKey::generate(KeyAlgorithm::ecdsa_p256, rng),
        PrivateKey::generate(KeyAlgorithm::ecdsa_p384, rng)}) {
    support::write_file(folder.file("request.der"), make_certification_request(key));
    const auto verified =
        support::run("openssl req -inform DER -noout -verify -in " + folder.file("request.der"));
    CAPTURE(verified.output);
    CHECK(verified.exit_code == 0);
    CHECK(verified.output.find("verify OK") != std::string::npos);
  }
}
