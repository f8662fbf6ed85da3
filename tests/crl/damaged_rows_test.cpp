// Lists are made of the rows that were written, or not at all.

#include <doctest/doctest.h>

#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;
using registry::Key;

constexpr pki::Seconds kLong = std::chrono::hours{24 * 365};

// Certificate 10 is revoked and on the lists; 11 is good.
struct DamagedWorld : World {
  DamagedWorld() {
    issue(10, kKiyose, kLong);
    issue(11, kKiyose, kLong);
    revoke(10, CrlReason::key_compromise);
    publish();
    clock.advance(std::chrono::minutes{10});
  }
  // The past of the writer, as a failing disk would.
  void damage(const std::function<void(store::WriteTransaction&)>& change) {
    store::WriteTransaction transaction = store::begin_exclusive_write(*environment);
    change(transaction);
    transaction.commit();
  }
  void flip(const store::Table& table, const Key& key, std::size_t at) {
    damage([&](store::WriteTransaction& transaction) {
      pki::Bytes row = pki::to_bytes(transaction.get(table, key).value());
      row.at(at) ^= 1;
      transaction.put(table, key, row);
    });
  }
  bool lists(CrlKind kind, std::uint64_t serial) {
    for (const registry::CrlScope& scope : {kWhole, kKiyoseScope})
      if (std::ranges::none_of(entries(scope, kind),
                               [serial](const SeenEntry& entry) { return entry.serial == serial; }))
        return false;
    return true;
  }
};

Key row_of(std::uint64_t serial) {
  return Key().issuer(kIssuer).point(kKiyose).u64(serial);
}

}  // namespace

TEST_CASE("of lost or altered rows of revoked certificates no complete CRL is made, and deltas go on") {
  DamagedWorld world;
  SUBCASE("a lost row") {
    world.damage([](store::WriteTransaction& transaction) {
      CHECK(transaction.erase(registry::tables::revoked, row_of(10)));
    });
  }
  SUBCASE("a row under another serial") {
    world.damage([](store::WriteTransaction& transaction) {
      const pki::Bytes row = pki::to_bytes(transaction.get(registry::tables::revoked, row_of(10)).value());
      transaction.erase(registry::tables::revoked, row_of(10));
      transaction.put(registry::tables::revoked, row_of(12), row);
    });
  }
  SUBCASE("another reason") {
    world.flip(registry::tables::revoked, row_of(10), 0);
  }
  SUBCASE("another end of the certificate") {
    world.flip(registry::tables::revoked, row_of(10), 7);
  }
  const auto before = world.current(kWhole, CrlKind::complete);
  world.revoke(11, CrlReason::superseded);
  const auto report = world.publisher->publish(PublicationKind::complete_and_delta);
  REQUIRE(report.has_value());
  REQUIRE(report->failures.size() == 1);
  CHECK(report->failures[0].kind == CrlKind::complete);
  CHECK(report->failures[0].reason.in(pki::Language::en).find("damaged or missing") != std::string::npos);
  CHECK(world.publisher->status().last_failure);
  CHECK(world.current(kWhole, CrlKind::complete)->number == before->number);
  CHECK(world.lists(CrlKind::complete, 10));
  CHECK(world.lists(CrlKind::delta, 11));
}

TEST_CASE("of lost or altered changes no delta is made, but a complete CRL") {
  DamagedWorld world;
  world.revoke(11, CrlReason::superseded);
  const std::uint64_t last = registry::last_change_sequence(world.environment->read(), kIssuer);
  const Key change = Key().issuer(kIssuer).u64(last);
  const Key of_point = Key().issuer(kIssuer).point(kKiyose).u64(last);
  SUBCASE("a lost change") {
    world.damage([&](store::WriteTransaction& transaction) {
      CHECK(transaction.erase(registry::tables::changes, change));
    });
  }
  SUBCASE("a lost change of a point") {
    world.damage([&](store::WriteTransaction& transaction) {
      CHECK(transaction.erase(registry::tables::point_changes, of_point));
    });
  }
  SUBCASE("a change of another serial") {
    world.flip(registry::tables::changes, change, 7);
  }
  SUBCASE("a change of a point to another state") {
    world.flip(registry::tables::point_changes, of_point, 29);
  }
  const auto before = world.current(kWhole, CrlKind::complete);
  const auto report = world.publisher->publish(PublicationKind::delta_only);
  REQUIRE(report.has_value());
  REQUIRE(report->failures.size() == 1);
  CHECK(report->failures[0].kind == CrlKind::delta);
  CHECK(world.current(kWhole, CrlKind::complete)->number > before->number);
  CHECK(world.lists(CrlKind::complete, 10));
  CHECK(world.lists(CrlKind::complete, 11));
  CHECK(world.entries(kWhole, CrlKind::delta).empty());
  // The damage lies behind the new base.
  world.clock.advance(std::chrono::minutes{10});
  world.issue_revoked(12, kKiyose, CrlReason::superseded);
  world.publish(PublicationKind::delta_only);
  CHECK(world.lists(CrlKind::delta, 12));
}

}  // namespace crl::testing
