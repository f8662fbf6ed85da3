// What a stranger says about our lists: OpenSSL's parser, its signature check and its use of deltas.

#include <doctest/doctest.h>

#include "pki/private_key.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

constexpr pki::Seconds kLong = std::chrono::hours{24 * 365};

// Files for the openssl program, and the line that verifies a certificate at the world's time.
class Verifier {
 public:
  explicit Verifier(World& world) : world_(world) { put("ca.pem", "CERTIFICATE", world.ca_certificate); }

  void fetch(const registry::CrlScope& scope) {
    put("full.pem", "X509 CRL", world_.bytes(scope, CrlKind::complete));
    put("delta.pem", "X509 CRL", world_.bytes(scope, CrlKind::delta));
  }

  // The output of openssl verify with the lists that were fetched last.
  support::CommandResult verify(std::uint64_t serial, pki::DistributionPoint point) {
    put("ee.pem", "CERTIFICATE", world_.make_certificate(serial, point));
    return support::run("openssl verify -crl_check -extended_crl -use_deltas -attime " +
                        std::to_string(pki::to_unix(world_.clock.now())) + " -CAfile " + file("ca.pem") +
                        " -CRLfile " + file("full.pem") + " -CRLfile " + file("delta.pem") + " " +
                        file("ee.pem"));
  }

  std::string text(std::string_view name) {
    const auto result =
        support::run("openssl crl -noout -text -verify -CAfile " + file("ca.pem") + " -in " + file(name));
    CHECK(result.output.find("verify OK") != std::string::npos);
    return result.output;
  }

  std::string file(std::string_view name) { return world_.folder.file(name); }

 private:
  void put(std::string_view name, std::string_view label, pki::ByteView der) {
    support::write_file(file(name), pki::as_bytes(pki::encode_pem(label, der)));
  }

  World& world_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("openssl reads an empty list") {
  World world;
  world.publish();
  Verifier verifier(world);
  verifier.fetch(kKiyoseScope);
  CHECK(contains(verifier.text("full.pem"), "No Revoked Certificates"));
  CHECK(contains(verifier.text("delta.pem"), "X509v3 Delta CRL Indicator: critical"));
  world.issue(10, kKiyose, kLong);
  const auto result = verifier.verify(10, kKiyose);
  CHECK_MESSAGE(result.exit_code == 0, result.output);
}

TEST_CASE("openssl reads what a list of a distribution point says") {
  World world;
  world.issue_revoked(0x1234567, kKiyose, CrlReason::affiliation_changed);
  world.issue_revoked(0x80, kKiyose, CrlReason::unspecified);
  world.publish();
  Verifier verifier(world);
  verifier.fetch(kKiyoseScope);
  const std::string text = verifier.text("full.pem");
  for (const char* part :
       {"Version 2", "sha256WithRSAEncryption", "X509v3 Authority Key Identifier", "X509v3 CRL Number",
        "Issuing Distribution Point: critical", "Only User Certificates", "CN = Point 132217 CRLDP",
        "URI:http://crl.example.test/crl/sign-1/132217/full.crl", "X509v3 Freshest CRL",
        "URI:http://crl.example.test/crl/sign-1/132217/delta.crl", "Serial Number: 01234567",
        "Serial Number: 80", "Affiliation Changed"})
    CHECK_MESSAGE(contains(text, part), part);
  CHECK_FALSE(contains(text, "Unspecified"));
}

TEST_CASE("openssl sees a revocation, a hold and its release through the deltas") {
  World world;
  for (const std::uint64_t serial : {10U, 11U, 12U})
    world.issue(serial, kKiyose, kLong);
  world.hold(12);
  world.publish();
  Verifier verifier(world);
  verifier.fetch(kKiyoseScope);
  CHECK(verifier.verify(10, kKiyose).exit_code == 0);
  CHECK(contains(verifier.verify(12, kKiyose).output, "revoked"));

  world.clock.advance(std::chrono::minutes{15});
  world.revoke(10, CrlReason::affiliation_changed);
  world.release(12);
  world.publish(PublicationKind::changed_deltas);
  verifier.fetch(kKiyoseScope);
  CHECK(contains(verifier.verify(10, kKiyose).output, "revoked"));
  CHECK(verifier.verify(11, kKiyose).exit_code == 0);
  const auto released = verifier.verify(12, kKiyose);
  CHECK_MESSAGE(released.exit_code == 0, released.output);
  CHECK(contains(verifier.text("delta.pem"), "Remove From CRL"));
}

TEST_CASE("openssl refuses a list of another distribution point, and accepts the whole generation's") {
  World world;
  world.issue(10, kKiyose, kLong);
  world.publish();
  Verifier verifier(world);
  verifier.fetch({kIssuer, kSapporo});
  const auto other = verifier.verify(10, kKiyose);
  CHECK(other.exit_code != 0);
  const bool names_scope =
      contains(other.output, "CRL scope") || contains(other.output, "unable to get certificate CRL");
  CHECK_MESSAGE(names_scope, other.output);
  verifier.fetch(kWhole);
  const auto result = verifier.verify(10, kKiyose);
  CHECK_MESSAGE(result.exit_code == 0, result.output);
}

TEST_CASE("openssl accepts the deltas of P-256 and P-384 CAs") {
  for (const pki::KeyAlgorithm algorithm : {pki::KeyAlgorithm::ecdsa_p256, pki::KeyAlgorithm::ecdsa_p384}) {
    pki::Rng rng = pki::Rng::seeded(3);
    World world(pki::PrivateKey::generate(algorithm, rng));
    world.issue_revoked(10, kKiyose, CrlReason::superseded);
    world.publish();
    Verifier verifier(world);
    verifier.fetch(kKiyoseScope);
    CHECK(contains(verifier.text("full.pem"), "ecdsa-with-SHA"));
    CHECK(contains(verifier.verify(10, kKiyose).output, "revoked"));
  }
}

}  // namespace

}  // namespace crl::testing
