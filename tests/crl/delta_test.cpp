// What a delta says: the net of the changes since its base.

#include "crl/delta.h"

#include <doctest/doctest.h>

#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

constexpr pki::Seconds kLong = std::chrono::hours{24 * 365};

// A world with certificate 10 issued, and a first complete CRL behind it.
struct DeltaWorld : World {
  explicit DeltaWorld(CrlReason at_base = CrlReason::unspecified) {
    issue(10, kKiyose, kLong);
    if (at_base != CrlReason::unspecified) revoke(10, at_base);
    publish();
    clock.advance(std::chrono::minutes{10});
  }

  std::vector<SeenEntry> delta() {
    publish(PublicationKind::delta_only);
    CHECK(findings() == "");
    CHECK(entries(kKiyoseScope, CrlKind::delta) == entries(kWhole, CrlKind::delta));
    return entries(kKiyoseScope, CrlKind::delta);
  }
};

TEST_CASE("a revocation since the base is listed with its reason") {
  DeltaWorld world;
  world.revoke(10, CrlReason::key_compromise);
  CHECK(world.delta() == std::vector<SeenEntry>{{10, world.clock.now(), CrlReason::key_compromise}});
}

TEST_CASE("an issue alone is not listed, an issue and its revocation are") {
  DeltaWorld world;
  world.issue(11, kKiyose, kLong);
  CHECK(world.delta().empty());
  world.revoke(11, CrlReason::superseded);
  CHECK(world.delta().size() == 1);
}

TEST_CASE("what was revoked in the base is not repeated") {
  DeltaWorld world(CrlReason::superseded);
  CHECK(world.delta().empty());
}

TEST_CASE("a hold of the base that was released is listed as removeFromCRL") {
  DeltaWorld world(CrlReason::certificate_hold);
  const pki::Time held = pki::from_unix(kStart);
  world.release(10);
  CHECK(world.delta() == std::vector<SeenEntry>{{10, held, CrlReason::remove_from_crl}});
}

TEST_CASE("a hold of the base that became a revocation is listed with the new reason") {
  DeltaWorld world(CrlReason::certificate_hold);
  world.revoke(10, CrlReason::cessation_of_operation);
  CHECK(world.delta() == std::vector<SeenEntry>{{10, world.clock.now(), CrlReason::cessation_of_operation}});
}

TEST_CASE("a hold that no list has shown leaves no trace once released") {
  DeltaWorld world;
  world.hold(10);
  world.release(10);
  CHECK(world.delta().empty());
}

TEST_CASE("a hold that a delta has shown is removed by every later delta of the same base") {
  DeltaWorld world;
  world.hold(10);
  CHECK(world.delta().front().reason == CrlReason::certificate_hold);
  world.clock.advance(std::chrono::minutes{10});
  world.release(10);
  CHECK(world.delta().front().reason == CrlReason::remove_from_crl);
  CHECK(world.delta().front().reason == CrlReason::remove_from_crl);
  world.publish();
  CHECK(world.entries(kKiyoseScope, CrlKind::complete).empty());
  CHECK(world.entries(kKiyoseScope, CrlKind::delta).front().reason == CrlReason::remove_from_crl);
  world.clock.advance(std::chrono::minutes{10});
  CHECK(world.delta().empty());
}

TEST_CASE("a hold of the base, released and held again, is listed with the date of the second hold") {
  DeltaWorld world(CrlReason::certificate_hold);
  world.release(10);
  world.clock.advance(std::chrono::minutes{10});
  world.hold(10);
  CHECK(world.delta() == std::vector<SeenEntry>{{10, world.clock.now(), CrlReason::certificate_hold}});
}

TEST_CASE("a hold of the base, released in a delta and held again within the second, is listed") {
  DeltaWorld world;
  world.hold(10);
  world.publish();
  const SeenEntry held{10, world.clock.now(), CrlReason::certificate_hold};
  world.release(10);
  CHECK(world.delta() == std::vector<SeenEntry>{{10, held.date, CrlReason::remove_from_crl}});
  world.hold(10);
  CHECK(world.delta() == std::vector<SeenEntry>{held});
}

TEST_CASE("entries are sorted by serial and other points do not appear") {
  DeltaWorld world;
  for (const std::uint64_t serial : {30U, 20U, 25U})
    world.issue_revoked(serial, kKiyose, CrlReason::superseded);
  world.issue_revoked(22, kSapporo, CrlReason::superseded);
  const store::ReadTransaction snapshot = world.environment->read();
  const auto base = world.current(kKiyoseScope, CrlKind::complete).value();
  std::vector<std::uint64_t> serials;
  for (const ListEntry& entry : net_changes(snapshot, kKiyoseScope, base.covered))
    serials.push_back(entry.serial.value);
  CHECK(serials == std::vector<std::uint64_t>{20, 25, 30});
  CHECK(net_changes(snapshot, kWhole, base.covered).size() == 4);
}

}  // namespace

}  // namespace crl::testing
