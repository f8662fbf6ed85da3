// Signed requests of `jpki ocsp query`: our own reader takes them, and the real openssl verifies them.

#include "ocsp/query.h"

#include <doctest/doctest.h>

#include "ocsp/request.h"
#include "pki/der.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

namespace ocsp {

namespace {

// A self-signed certificate of a key, by openssl.
pki::Certificate self_signed(const pki::PrivateKey& key, const std::string& name) {
  const support::TemporaryFolder folder;
  support::write_file(folder.file("key.pem"), pki::as_bytes(key.to_pem()));
  const auto made =
      support::run("openssl req -x509 -new -key " + folder.file("key.pem") +
                   " -subj /C=JP/O=Verifier/CN=" + name + " -outform DER -out " + folder.file("out.der"));
  if (made.exit_code != 0) throw std::runtime_error(made.output);
  return pki::Certificate::decode(support::read_file(folder.file("out.der"))).value();
}

struct Asking {
  pki::Certificate issuer = self_signed(support::authority_keys()[0], "issuer");
  std::vector<pki::Bytes> ids = {
      make_cert_id(issuer, pki::der::integer_content(7), pki::HashAlgorithm::sha256).value()};
};

}  // namespace

TEST_CASE("a signed request carries its signer, and openssl verifies the signature") {
  const Asking asking;
  pki::Rng rng = pki::Rng::seeded(3);
  for (const pki::PrivateKey& key :
       {support::authority_keys()[1], pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng)}) {
    const pki::Certificate certificate = self_signed(key, "asker");
    const auto signer = pki::make_openssl_signer(key);
    const pki::Bytes nonce(32, 9);
    const pki::Bytes request =
        make_signed_request(
            asking.ids, nonce,
            {.signer = *signer, .certificate = certificate.der(), .others = {asking.issuer.der()}})
            .value();
    const auto decoded = decode_request(request);
    REQUIRE(decoded.has_value());
    CHECK(decoded->cert_ids.size() == 1);
    CHECK(pki::equal(decoded->nonce->value, nonce));
    REQUIRE(decoded->optional_signature.has_value());

    pki::der::Reader outer(request);
    pki::der::Reader parts = outer.enter_sequence().value();
    const pki::der::Element tbs = parts.read_any().value();
    pki::der::Reader tagged = parts.enter(pki::der::tag::context_constructed(0)).value();
    pki::der::Reader signature = tagged.enter_sequence().value();
    REQUIRE(signature.read_any().has_value());
    const support::TemporaryFolder folder;
    support::write_file(folder.file("request.der"), request);
    support::write_file(folder.file("tbs"), tbs.encoding);
    support::write_file(folder.file("signature"), signature.read_bit_string().value().bytes);
    support::write_file(folder.file("asker.pem"),
                        pki::as_bytes(pki::encode_pem("CERTIFICATE", certificate.der())));
    const auto verified = support::run(
        "cd " + folder.path().string() +
        " && openssl x509 -in asker.pem -noout -pubkey >key.pem && openssl dgst -sha256 -verify key.pem "
        "-signature signature tbs && openssl ocsp -reqin request.der -req_text -noverify");
    CAPTURE(verified.output);
    CHECK(verified.output.find("Verified OK") != std::string::npos);
    CHECK(verified.output.find("Requestor Name: DirName") != std::string::npos);
    CHECK(verified.output.find("CN = asker") != std::string::npos);
    CHECK(verified.output.find("issuer") != std::string::npos);
  }
}

TEST_CASE("the request of a GET stands in the path, before a query") {
  const pki::Bytes request = {0x30, 0x03, 0xFB, 0xFF, 0xBE};
  CHECK(get_target("/ocsp/auth", request) == "/ocsp/auth/MAP7%2F74%3D");
  CHECK(get_target("/ocsp/auth/", request) == "/ocsp/auth/MAP7%2F74%3D");
  CHECK(get_target("/ocsp/auth?purpose=kazashi", request) == "/ocsp/auth/MAP7%2F74%3D?purpose=kazashi");
  CHECK(get_target("/?a=/", request) == "/MAP7%2F74%3D?a=/");
}

TEST_CASE("a key that is not the certificate's does not sign") {
  const Asking asking;
  const auto signer = pki::make_openssl_signer(support::authority_keys()[2]);
  const auto made = make_signed_request(
      asking.ids, std::nullopt, {.signer = *signer, .certificate = asking.issuer.der(), .others = {}});
  REQUIRE(made.has_error());
  CHECK(made.error().field == "signer");
}

TEST_CASE("the limits of a request hold for signed ones, too") {
  const Asking asking;
  const auto signer = pki::make_openssl_signer(support::authority_keys()[0]);
  const Requestor requestor{.signer = *signer, .certificate = asking.issuer.der(), .others = {}};
  CHECK(make_signed_request({}, std::nullopt, requestor).error().field == "cert");
  CHECK(make_signed_request(std::vector<pki::Bytes>(101, asking.ids[0]), std::nullopt, requestor)
            .error()
            .field == "cert");
  CHECK(make_signed_request(asking.ids, pki::Bytes(129, 1), requestor).error().field == "nonce");
  CHECK(make_signed_request(asking.ids, pki::Bytes{}, requestor).error().field == "nonce");
}

}  // namespace ocsp
