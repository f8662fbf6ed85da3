// The list of CAs (ARL), and the last lists of a CA generation.

#include <doctest/doctest.h>

#include "crl/ending.h"
#include "crl/plan.h"
#include "pki/oid.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

// Records the compromise of the generation's key.
void compromise(World& world) {
  world.write([](store::CommandContext& context) -> pki::Result<void> {
    auto issuer = registry::find_issuer(context.transaction, kIssuer).value();
    issuer.compromise = registry::Compromise{.recorded_at = context.now, .sequence = 1};
    registry::put_issuer(context.transaction, issuer);
    return {};
  });
}

pki::Result<void> ending(const World& world) {
  return may_end(world.environment->read(), kIssuer, world.clock.now());
}

TEST_CASE("a generation has a list of CAs beside its complete CRLs, empty at first") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  CHECK(world.publish().arls == 1);
  const pki::Bytes der = world.bytes(kWhole, CrlKind::arl);
  const DecodedCrl list = decode_crl(der).value();
  CHECK(entries_of(der).empty());
  const pki::Extension* extension = list.find_extension(pki::oids::kIssuingDistributionPoint);
  REQUIRE(extension != nullptr);
  CHECK(extension->critical);
  const auto point = decode_issuing_distribution_point(extension->value).value();
  CHECK(point.only_contains_ca_certs);
  CHECK_FALSE(point.only_contains_user_certs);
  CHECK(list.find_extension(pki::oids::kFreshestCrl) == nullptr);
  CHECK(world.publish(PublicationKind::delta_only).arls == 0);
  CHECK(world.findings() == "");
}

// strongSwan goes by the greatest number of a name's lists, whatever their scope: handed all lists of a run,
// it must find every revoked certificate on the one that it takes.
TEST_CASE("of one run the list of the whole has a greater number than that of CAs and those of points") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  for (int run = 0; run < 2; ++run) {
    world.publish();
    const std::uint64_t whole = world.current(kWhole, CrlKind::complete)->number;
    CHECK(whole > world.current(kWhole, CrlKind::arl)->number);
    CHECK(whole > world.current(kKiyoseScope, CrlKind::complete)->number);
    world.clock.advance(std::chrono::hours{24});
  }
}

TEST_CASE("the compromise of a CA key is on the list of CAs at the next turn of the timer") {
  World world;
  world.publish();
  world.clock.advance(std::chrono::minutes{1});
  compromise(world);
  const pki::Time date = world.clock.now();
  world.clock.advance(pki::Seconds{5});
  CHECK(world.publisher->publish_due(world.clock.now())->arls == 1);
  const auto entries = world.entries(kWhole, CrlKind::arl);
  REQUIRE(entries.size() == 1);
  CHECK(entries.front() == SeenEntry{1, date, CrlReason::ca_compromise});
  CHECK(world.findings() == "");
  world.clock.advance(pki::Seconds{5});
  CHECK(world.publisher->publish_due(world.clock.now())->arls == 0);
}

TEST_CASE("a list of CAs made in the second of a compromise is made again") {
  World world;
  world.publish();
  compromise(world);
  CHECK(world.publisher->publish_due(world.clock.now())->arls == 1);
  CHECK(world.findings() == "");
  world.clock.advance(pki::Seconds{1});
  CHECK(world.publisher->publish_due(world.clock.now())->arls == 1);
  world.clock.advance(pki::Seconds{1});
  CHECK(world.publisher->publish_due(world.clock.now())->arls == 0);
}

TEST_CASE("a generation that issues, or has a certificate in force or held, has no last CRLs") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{100});
  CHECK(may_end(world.environment->read(), {pki::CaName::sign, 9}, world.clock.now()).error().code ==
        pki::Errc::not_found);
  CHECK(ending(world).error().text().find("still issues") != std::string::npos);
  compromise(world);
  CHECK(ending(world).error().text().find("sign-1/10 is in force") != std::string::npos);
  world.hold(10);
  CHECK(ending(world).error().text().find("sign-1/10 is held") != std::string::npos);
  CHECK(world.publisher->publish_last(kIssuer).error().code == pki::Errc::conflict);
  world.revoke(10, CrlReason::ca_compromise);
  CHECK(ending(world).has_value());
}

TEST_CASE("the last CRLs of a generation have no next update, and nothing follows them") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  world.clock.advance(std::chrono::hours{1});
  compromise(world);
  world.clock.advance(std::chrono::hours{1});
  const PublicationReport report = world.publisher->publish_last(kIssuer).value();
  CHECK(report.complete == 4);
  CHECK(report.deltas == 4);
  CHECK(report.arls == 1);
  CHECK(report.failures.empty());
  for (const CrlKind kind : registry::kCrlKinds) {
    const DecodedCrl list = decode_crl(world.bytes(kWhole, kind)).value();
    CHECK(list.next_update == registry::kNoNextUpdate);
  }
  CHECK(pki::to_rfc3339(registry::kNoNextUpdate) == "9999-12-31T23:59:59Z");
  CHECK(world.entries(kWhole, CrlKind::arl).size() == 1);
  world.clock.advance(std::chrono::hours{24 * 40});
  CHECK(world.findings() == "");
  CHECK(world.publish().complete == 0);
  const PublicationReport later = world.publisher->publish_due(world.clock.now()).value();
  CHECK(later.complete + later.deltas + later.arls == 0);
  CHECK_FALSE(world.publisher->is_complete_due(world.clock.now()));
}

TEST_CASE("a point that was published before scopes became \"used\" gets its last list, too") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  world.clock.advance(std::chrono::hours{1});
  compromise(world);
  world.close();
  world.options.scopes = ScopeSelection::used;
  world.reopen();
  CHECK(world.publisher->publish_last(kIssuer)->complete == 4);
  CHECK(world.current({kIssuer, kChiyoda}, CrlKind::complete)->next_update == registry::kNoNextUpdate);
}

TEST_CASE("when a CA's certificate has expired the timer makes its last CRLs") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  world.clock.advance(std::chrono::hours{24 * 3651});
  CHECK(ending(world).has_value());
  CHECK(world.publisher->publish_due(world.clock.now())->complete == 4);
  CHECK(world.current(kKiyoseScope, CrlKind::complete)->next_update == registry::kNoNextUpdate);
  CHECK(world.current(kKiyoseScope, CrlKind::complete)->entries == 1);
  CHECK(world.findings() == "");
  world.clock.advance(std::chrono::hours{24});
  CHECK(world.publisher->publish_due(world.clock.now())->complete == 0);
}

}  // namespace

}  // namespace crl::testing
