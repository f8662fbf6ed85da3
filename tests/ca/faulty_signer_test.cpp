// A signature with a fault in it never leaves: whatever a CA signs is verified first, on every path.

#include <doctest/doctest.h>

#include "ca/certificate_builder.h"
#include "ca/credential.h"
#include "ca/server_certificate.h"
#include "registry/issuance.h"
#include "registry/server_certificates.h"
#include "tests/support/authority_world.h"
#include "verifier/credentials.h"

namespace ca {

namespace {

using pki::CertificateKind;

// Signs as the key does, with one bit of the signature flipped.
class FaultySigner final : public pki::Signer {
 public:
  explicit FaultySigner(std::shared_ptr<const pki::Signer> signer) : signer_(std::move(signer)) {}
  [[nodiscard]] pki::SignatureAlgorithm algorithm() const override { return signer_->algorithm(); }
  [[nodiscard]] const pki::Bytes& public_key() const override { return signer_->public_key(); }
  [[nodiscard]] pki::Bytes sign(pki::ByteView digest) const override {
    pki::Bytes signature = signer_->sign(digest);
    signature.at(signature.size() / 2) ^= 0x10U;
    return signature;
  }

 private:
  std::shared_ptr<const pki::Signer> signer_;
};

// A world whose CAs all have the right key and a signer that fails.
struct FaultyWorld : support::AuthorityWorld {
  FaultyWorld() {
    std::vector<registry::SigningIssuer> faulty;
    for (const registry::SigningIssuer& ca : authority->generations())
      faulty.push_back(
          registry::SigningIssuer::make(ca.record(), std::make_shared<FaultySigner>(ca.signer())).value());
    authority.emplace(profile, std::move(faulty));
  }
  const KeySource make_key = [](std::string_view, pki::KeyAlgorithm algorithm) {
    pki::Rng rng = pki::Rng::system();
    return pki::PrivateKey::generate(algorithm, rng);
  };
};

template <typename Value>
void check_refused(const pki::Result<Value>& result) {
  REQUIRE(result.has_error());
  CHECK(result.error().code == pki::Errc::internal);
  CHECK(result.error().text() == "a fresh signature does not verify: the signer is faulty");
}

}  // namespace

TEST_CASE("a faulty signature over a holder's certificate is refused, and the issue is closed") {
  FaultyWorld world;
  const auto id = world.add_resident();
  for (const auto kind : {CertificateKind::auth, CertificateKind::sign})
    check_refused(world.issuance->issue(support::AuthorityWorld::issue_request(id, kind)));
  CHECK(registry::certificates_of(world.read(), id).empty());
  world.write([](store::WriteTransaction&) {});  // Behind the commands that close the intents.
  CHECK(registry::open_intents(world.read(), world.vault).empty());
}

TEST_CASE("a faulty signature over a credential or a listener's certificate is refused, and none recorded") {
  FaultyWorld world;
  pki::Rng rng = pki::Rng::seeded(5);
  const auto key = pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng);
  CredentialRequest request;
  request.verifier = 1;
  request.certification_request = pki::make_certification_request(key);
  request.actor = support::with_role(registry::Role::officer);
  check_refused(issue_credential(
      {.writer = *world.writer, .vault = world.vault, .authority = *world.authority, .clock = world.clock},
      request));
  CHECK(verifier::credentials_of(world.read(), 1).empty());
  check_refused(
      renew_server_certificate_if_due({.writer = *world.writer,
                                       .environment = *world.environment,
                                       .keys = world.keys,
                                       .operations = world.authority->current(pki::CaName::operations),
                                       .make_key = world.make_key},
                                      {"ocsp.example"}, world.clock.now()));
  CHECK_FALSE(registry::find_server_certificate(world.read()).has_value());
}

TEST_CASE("a faulty signature over a responder's certificate is refused, and the old one stays") {
  FaultyWorld world;
  const auto& ca = world.authority->current(pki::CaName::sign);
  const pki::Bytes before = registry::find_responder(world.read(), ca.id())->certificate;
  world.clock.advance(kResponderLife);
  check_refused(renew_responder_if_due({.writer = *world.writer,
                                        .environment = *world.environment,
                                        .keys = world.keys,
                                        .make_key = world.make_key,
                                        .algorithm = pki::KeyAlgorithm::ecdsa_p256},
                                       ca, world.clock.now()));
  CHECK(registry::find_responder(world.read(), ca.id())->certificate == before);
}

TEST_CASE("a faulty signature over a CA's own certificate is refused, for RSA and ECDSA keys") {
  const Profile profile = Profile::make({}).value();
  pki::Rng rng = pki::Rng::seeded(6);
  for (const pki::PrivateKey& key :
       {support::authority_keys().at(0), pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p384, rng)}) {
    const auto right = pki::make_openssl_signer(key);
    const auto make = [&](std::shared_ptr<const pki::Signer> signer) {
      return make_ca_certificate(profile,
                                 {.ca = pki::CaName::sign, .serial = {1}, .issued_at = support::kStart},
                                 *pki::VerifyingSigner::wrap(std::move(signer)).value());
    };
    CHECK(make(right).has_value());
    check_refused(make(std::make_shared<FaultySigner>(right)));
  }
}

TEST_CASE("lists are signed with the verifying signer, which throws the faulty signature away") {
  FaultyWorld world;
  const auto signer = world.authority->current(pki::CaName::sign).signer();
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, {});
  CHECK_THROWS_AS(static_cast<void>(signer->sign(digest)), pki::SignatureFault);
}

TEST_CASE("a signer with another key than that of the certificate is refused") {
  support::AuthorityWorld world;
  const auto& ca = world.authority->current(pki::CaName::sign);
  const auto other = pki::make_openssl_signer(support::authority_keys().at(6));
  CHECK(registry::SigningIssuer::make(ca.record(), other).error().code == pki::Errc::malformed);
}

}  // namespace ca
