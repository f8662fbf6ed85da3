// A lost certificate that an older generation has signed: a restore writes it to the newest one.

#include <doctest/doctest.h>

#include "crl/check.h"
#include "law/lifecycle.h"
#include "registry/lost.h"
#include "tests/support/world.h"

namespace admin {

namespace {

using http::Method;
using pki::CertificateKind;
using support::body_of;
using support::World;

// The authority of before the loss, and the restored one with the same keys, whose authentication CA has
// rolled.
struct Rolled {
  World before, world;
  registry::ResidentId id = before.add_resident();
  registry::IssuedCertificate certificate = before.issue(id, CertificateKind::auth);
  registry::CertificateId row{{pki::CaName::auth, 2}, certificate.id.serial};

  Rolled() {
    world.add_resident();
    world.clock.advance(pki::Seconds{3600});
    const auto rolled = world.call(Method::post, "/v1/generations", R"({"ca":"auth"})");
    INFO(body_of(rolled));
    REQUIRE(rolled.status == 201);
    // As service/replay records what the backup does not know.
    world.write([&](store::WriteTransaction& transaction) {
      registry::skip_serials(transaction, pki::CaName::auth, certificate.id.serial.value);
      registry::record_lost(transaction,
                            {.id = row,
                             .not_after = certificate.not_after + std::chrono::years{5},
                             .revocation = {world.clock.now(), pki::CrlReason::certificate_hold}},
                            world.clock.now());
    });
    world.publish(crl::PublicationKind::complete_and_delta);
  }
  void adopt(unsigned status = 201) {
    const auto response =
        world.call(Method::post, "/v1/certificates/adoptions",
                   json::serialize(json::object{{"resident", to_string(id)},
                                                {"certificate", pki::to_base64(certificate.der)}}));
    INFO(body_of(response));
    CHECK(response.status == status);
  }
  // The lists of the name are what the store says, as `jpki crl check` judges.
  void check_lists() {
    const crl::CheckRequest request{
        .folder = world.crl_folder, .now = world.clock.now(), .extent = crl::CheckExtent::current};
    const auto snapshot = world.read();
    for (const crl::CheckFinding& finding : crl::check_published(snapshot, request).findings) {
      CAPTURE(finding.what.in(pki::Language::en));
      CHECK_FALSE("a published list is wrong");
    }
  }
  // Under which reason the whole lists of both keys have the certificate; empty when they have not.
  std::string listed() {
    std::string found;
    for (const std::uint8_t generation : {std::uint8_t{1}, std::uint8_t{2}}) {
      const auto list = world.listed({{pki::CaName::auth, generation}, pki::kWholeGeneration});
      const auto entry = list.find(certificate.id.serial.value);
      const std::string one = entry == list.end() ? "" : entry->second.substr(0, entry->second.find(' '));
      if (generation == 2) CHECK(one == found);
      found = one;
    }
    return found;
  }
};

}  // namespace

TEST_CASE("a lost certificate is held whichever generation of the name has signed it") {
  Rolled rolled;
  CHECK(rolled.world.ocsp_status(rolled.certificate.id).starts_with("revoked certificateHold"));
  CHECK(rolled.world.ocsp_status(rolled.row).starts_with("revoked certificateHold"));
  CHECK(rolled.listed() == "certificateHold");
  rolled.check_lists();
}

TEST_CASE("a lost certificate of an older generation is adopted, and is of that generation from then on") {
  Rolled rolled;
  rolled.world.clock.advance(pki::Seconds{60});
  rolled.adopt();
  CHECK(rolled.world.state(rolled.certificate.id) == "good");
  CHECK(rolled.world.ocsp_status(rolled.certificate.id) == "good");
  CHECK(rolled.world.ocsp_status(rolled.row) == "unknown");
  CHECK(registry::count_lost(rolled.world.read()) == 0);
  // Before the next publication, with a delta, and with a complete list.
  rolled.check_lists();
  rolled.world.publish(crl::PublicationKind::delta_only);
  rolled.check_lists();
  CHECK(rolled.listed().empty());
  rolled.world.publish(crl::PublicationKind::complete_and_delta);
  rolled.check_lists();
  CHECK(rolled.listed().empty());
  rolled.world.check();

  // What is on record can be revoked.
  REQUIRE(rolled.world
              .event({.resident = rolled.id, .event = law::Event::key_notice, .kind = CertificateKind::auth})
              .has_value());
  CHECK(rolled.world.ocsp_status(rolled.certificate.id).starts_with("revoked keyCompromise"));
  rolled.adopt(409);
}

TEST_CASE("a lost certificate of an older generation that fell is on each list of the name once") {
  Rolled rolled;
  rolled.world.clock.advance(pki::Seconds{60});
  REQUIRE(rolled.world
              .event({.resident = rolled.id, .event = law::Event::key_notice, .kind = CertificateKind::auth})
              .has_value());
  rolled.adopt();
  CHECK(rolled.world.ocsp_status(rolled.certificate.id).starts_with("revoked keyCompromise"));
  for (const auto kind : {crl::PublicationKind::delta_only, crl::PublicationKind::complete_and_delta}) {
    rolled.world.publish(kind);
    rolled.check_lists();
    CHECK(rolled.listed() == "keyCompromise");
  }
  rolled.world.check();
}

}  // namespace admin
