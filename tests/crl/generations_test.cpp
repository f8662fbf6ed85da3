// One scope over all generations of a CA name: every key signs the same lists.

#include <doctest/doctest.h>

#include <fstream>

#include "crl/ending.h"
#include "crl/plan.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"
#include "tests/support/test_keys.h"

namespace crl::testing {

namespace {

using namespace std::chrono_literals;
using pki::CrlReason;
using registry::CrlKind;
using registry::CrlScope;

constexpr registry::IssuerId kSecond{pki::CaName::sign, 2};
constexpr CrlScope kWholeOfSecond{kSecond, pki::kWholeGeneration};
constexpr CrlScope kKiyoseOfSecond{kSecond, kKiyose};
constexpr pki::Seconds kYear = 24h * 365;

// Certificates 10 (revoked) and 20 (held) of the first generation, published; then a rollover.
class RolledWorld : public World {
 public:
  explicit RolledWorld(pki::Seconds second_lives = kYear * 10) {
    issue_revoked(10, kKiyose, CrlReason::superseded);
    issue(20, kKiyose, kYear);
    issue(21, kSapporo, kYear);
    hold(20);
    publish();
    clock.advance(1h);
    begin_generation(kSecond, support::authority_keys().at(1), second_lives);
  }

  [[nodiscard]] std::vector<std::uint64_t> serials(const CrlScope& scope, CrlKind kind) const {
    std::vector<std::uint64_t> serials;
    for (const SeenEntry& entry : entries(scope, kind))
      serials.push_back(entry.serial);
    return serials;
  }
};

using Serials = std::vector<std::uint64_t>;

TEST_CASE("after a rollover each key's lists speak of both generations, and say the same") {
  RolledWorld world;
  world.issue_revoked(30, kKiyose, CrlReason::key_compromise, kSecond);
  world.publish();
  for (const auto& [first, second] : {std::pair{kWhole, kWholeOfSecond}, {kKiyoseScope, kKiyoseOfSecond}}) {
    for (const CrlKind kind : {CrlKind::complete, CrlKind::delta}) {
      const auto one = world.current(first, kind).value(), other = world.current(second, kind).value();
      CHECK(one.number == other.number);
      CHECK(one.this_update == other.this_update);
      CHECK(one.next_update == other.next_update);
      CHECK(one.covered == other.covered);
      CHECK(world.entries(first, kind) == world.entries(second, kind));
    }
    CHECK(world.serials(first, CrlKind::complete) == Serials{10, 20, 30});
  }
  const auto arl = [&](const CrlScope& scope) { return world.current(scope, CrlKind::arl)->number; };
  CHECK(arl(kWhole) == arl(kWholeOfSecond));
  CHECK(world.findings() == "");
}

TEST_CASE("the first lists after a rollover are complete, with an empty delta on themselves") {
  RolledWorld world;
  const std::uint64_t before = world.current(kWhole, CrlKind::complete)->number;
  world.hold(21);
  CHECK(world.publish(PublicationKind::delta_only).complete == 8);
  for (const CrlScope& scope : {kWhole, kWholeOfSecond, kKiyoseScope, kKiyoseOfSecond}) {
    const auto complete = world.current(scope, CrlKind::complete).value();
    const auto delta = world.current(scope, CrlKind::delta).value();
    CHECK(complete.number > before);
    CHECK(delta.base_number == complete.number);
    CHECK(delta.number == complete.number + 1);
    CHECK(delta.entries == 0);
  }
  CHECK(world.serials(kWholeOfSecond, CrlKind::complete) == Serials{21, 10, 20});
  world.clock.advance(1h);
  world.release(21);
  CHECK(world.publish(PublicationKind::delta_only).complete == 0);
  CHECK(world.serials(kWholeOfSecond, CrlKind::delta) == Serials{21});
  CHECK(world.findings() == "");
}

TEST_CASE("no delta names a base that an earlier version made") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  world.age_records(kIssuer);
  CHECK(world.findings() == "");
  world.clock.advance(1h);
  world.issue_revoked(11, kKiyose, CrlReason::superseded);
  CHECK(world.publish(PublicationKind::delta_only).complete == 4);
  const auto complete = world.current(kWhole, CrlKind::complete).value();
  CHECK(world.current(kWhole, CrlKind::delta)->base_number == complete.number);
  CHECK(world.current(kWhole, CrlKind::delta)->entries == 0);
  CHECK(world.findings() == "");
}

TEST_CASE("records of an earlier version are checked by the meaning that they had") {
  RolledWorld world;
  world.age_records(kIssuer);
  // The lists of then speak of the first generation alone; the others follow, in the same scopes.
  world.issue_revoked(30, kKiyose, CrlReason::superseded, kSecond);
  CHECK(world.findings() == "");
  world.publish();
  world.clock.advance(1h);
  world.publish();
  CHECK(world.findings() == "");
}

TEST_CASE("no delta is made on a base that a restore has renounced") {
  World world;
  world.issue_revoked(20, kKiyose, CrlReason::superseded);
  world.publish();
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::renounce_bases(context.transaction, world.current(kWhole, CrlKind::delta)->number);
    return {};
  });
  world.clock.advance(1min);
  CHECK(world.publish(PublicationKind::delta_only).complete == 4);
  CHECK(world.current(kKiyoseScope, CrlKind::delta)->base_number ==
        world.current(kKiyoseScope, CrlKind::complete)->number);
  world.clock.advance(1min);
  CHECK(world.publish(PublicationKind::delta_only).complete == 0);
  CHECK(world.findings() == "");
}

TEST_CASE("a hold that one key's list alone has shown is removed by every key's delta") {
  RolledWorld world;
  world.publish();
  world.clock.advance(1min);
  world.hold(21);
  // The first key fails: its lists never show the hold.
  world.signer->broken = true;
  CHECK(world.publisher->publish(PublicationKind::delta_only)->failures.size() == 4);
  CHECK(world.serials(kWholeOfSecond, CrlKind::delta) == Serials{21});
  world.signer->broken = false;
  world.clock.advance(1min);
  world.release(21);
  world.publish(PublicationKind::delta_only);
  for (const CrlScope& scope :
       {kWhole, kWholeOfSecond, CrlScope{kIssuer, kSapporo}, CrlScope{kSecond, kSapporo}}) {
    const auto entries = world.entries(scope, CrlKind::delta);
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().serial == 21);
    CHECK(entries.front().reason == CrlReason::remove_from_crl);
  }
  CHECK(world.findings() == "");
}

TEST_CASE("an expired entry leaves when every living key has had it on a regular list") {
  RolledWorld world;
  world.issue(40, kKiyose, 20h);
  world.revoke(40, CrlReason::superseded);
  world.publish();
  // It expires; the second key's next regular lists have it for the last time, and the first key fails.
  world.clock.advance(24h);
  world.signer->broken = true;
  CHECK(world.publisher->publish(PublicationKind::complete_and_delta)->failures.size() == 9);
  CHECK(world.serials(kKiyoseOfSecond, CrlKind::complete) == Serials{10, 20, 40});
  world.clock.advance(24h);
  world.signer->broken = false;
  world.publish();
  for (const CrlScope& scope : {kKiyoseScope, kKiyoseOfSecond})
    CHECK(world.serials(scope, CrlKind::complete) == Serials{10, 20, 40});
  world.clock.advance(24h);
  world.publish();
  for (const CrlScope& scope : {kKiyoseScope, kKiyoseOfSecond})
    CHECK(world.serials(scope, CrlKind::complete) == Serials{10, 20});
  CHECK(world.findings() == "");
}

TEST_CASE("a compromised CA certificate stands on the list of the whole, and does not wait for a mark") {
  RolledWorld world;
  world.publish();
  world.clock.advance(1min);
  world.compromise();
  world.clock.advance(1s);
  const auto due = world.publisher->publish_due(world.clock.now()).value();
  CHECK(due.arls == 2);
  CHECK(due.deltas == 2);
  for (const CrlScope& scope : {kWhole, kWholeOfSecond})
    CHECK(world.serials(scope, CrlKind::delta) == Serials{1});
  CHECK(world.findings() == "");
  world.clock.advance(1s);
  CHECK(world.publisher->publish_due(world.clock.now())->deltas == 0);
  world.publish();
  for (const CrlScope& scope : {kWhole, kWholeOfSecond})
    CHECK(world.serials(scope, CrlKind::complete) == Serials{1, 10, 20});
  CHECK(world.serials(kKiyoseScope, CrlKind::complete) == Serials{10, 20});
  CHECK(world.findings() == "");
}

TEST_CASE("after the rows of a compromised generation are filled in, deltas begin again") {
  RolledWorld world;
  world.publish();
  world.clock.advance(1min);
  world.compromise();
  while (!world.fill_in(kIssuer, 1)) {
  }
  world.clock.advance(1min);
  CHECK(world.publish(PublicationKind::delta_only).complete == 8);
  for (const CrlScope& scope : {kWhole, kWholeOfSecond}) {
    CHECK(world.entries(scope, CrlKind::delta).empty());
    CHECK(world.serials(scope, CrlKind::complete) == Serials{1, 21, 10, 20});
  }
  CHECK(world.findings() == "");
}

TEST_CASE("the end of a key is not the end of its scope") {
  RolledWorld world;
  world.publish();
  world.clock.advance(1min);
  world.compromise();
  while (!world.fill_in(kIssuer, 10)) {
  }
  world.clock.advance(1min);
  REQUIRE(world.publisher->publish_last(kIssuer)->failures.empty());
  for (const CrlKind kind : registry::kCrlKinds)
    CHECK(world.current(kWhole, kind)->next_update < world.clock.now() + 49h);
  const std::uint64_t last = world.current(kWhole, CrlKind::complete)->number;
  world.clock.advance(24h * 3);
  world.issue_revoked(30, kKiyose, CrlReason::superseded, kSecond);
  world.publish();
  CHECK(world.current(kWhole, CrlKind::complete)->number == last);
  CHECK(world.serials(kKiyoseOfSecond, CrlKind::complete) == Serials{10, 20, 30});
  CHECK(world.findings() == "");
  // It has no say in what leaves the lists of those that go on.
  world.issue(41, kKiyose, 1h, kSecond);
  world.revoke(41, CrlReason::superseded);
  for (int day = 0; day < 3; ++day) {
    world.clock.advance(24h);
    world.publish();
  }
  CHECK(world.serials(kKiyoseOfSecond, CrlKind::complete) == Serials{10, 20, 30});
  CHECK(world.findings() == "");
}

TEST_CASE(
    "what an earlier version published as a last list of a living name is followed by an ordinary one") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.compromise();
  while (!world.fill_in(kIssuer, 10)) {
  }
  // While no other generation is there, these are the last of the name.
  REQUIRE(world.publisher->publish_last(kIssuer)->failures.empty());
  CHECK(world.current(kWhole, CrlKind::complete)->next_update == registry::kNoNextUpdate);
  world.clock.advance(1h);
  world.begin_generation(kSecond, support::authority_keys().at(1));
  const store::ReadTransaction snapshot = world.environment->read();
  const auto before = world.current(kKiyoseScope, CrlKind::complete).value();
  CHECK(shadows_the_living(snapshot, before, world.clock.now()));
  REQUIRE(world.publisher->publish_due(world.clock.now())->failures.empty());
  for (const CrlScope& scope : {kWhole, kKiyoseScope, CrlScope{kIssuer, kChiyoda}}) {
    const auto complete = world.current(scope, CrlKind::complete).value();
    CHECK(complete.number > before.number);
    CHECK(complete.next_update == world.clock.now() + 48h);
    CHECK(world.current(scope, CrlKind::delta)->next_update == world.clock.now() + 90min);
  }
  CHECK(world.current(kWhole, CrlKind::arl)->next_update == world.clock.now() + 48h);
  CHECK(world.findings() == "");
  world.clock.advance(24h);
  CHECK(world.publisher->publish_due(world.clock.now())->complete == 4);
  CHECK(world.current(kWhole, CrlKind::complete)->number <
        world.current(kWholeOfSecond, CrlKind::complete)->number);
}

TEST_CASE("a CA whose certificate has expired signs nothing while its name lives on") {
  // Here the second generation ends first, so that it is the one that falls silent.
  RolledWorld world(24h * 3);
  world.publish();
  world.clock.advance(24h * 2 - 1h);
  world.publish();
  const pki::Time end = pki::from_unix(kStart) + 1h + 24h * 3;
  for (const CrlScope& scope : {kWholeOfSecond, kKiyoseOfSecond})
    CHECK(world.current(scope, CrlKind::complete)->next_update == end);
  CHECK(world.current(kWhole, CrlKind::complete)->next_update == world.clock.now() + 48h);
  const std::uint64_t last = world.current(kWholeOfSecond, CrlKind::complete)->number;
  // Near the end a delta is not made again and again for its nextUpdate.
  world.clock.advance(25h + 10min - 90min);
  world.publisher->publish_due(world.clock.now()).value();
  world.clock.advance(1min);
  CHECK(world.publisher->publish_due(world.clock.now())->deltas == 0);
  world.clock.advance(24h * 2);
  CHECK(world.publish().complete == 4);
  CHECK(world.current(kWholeOfSecond, CrlKind::complete)->number >= last);
  CHECK(world.current(kWholeOfSecond, CrlKind::complete)->next_update == end);
  CHECK(may_end(world.environment->read(), kSecond, world.clock.now()).error().code == pki::Errc::conflict);
  CHECK(world.findings() == "");
}

TEST_CASE("a list from the future is a finding, and the next run replaces it") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  world.clock.advance(1min);
  const pki::Time future = world.clock.now() + 24h * 1000;
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    for (const registry::CrlRecord& record : registry::crls_of(context.transaction, kWhole)) {
      registry::CrlRecord moved = record;
      moved.this_update = future;
      moved.next_update = future + 48h;
      registry::put_crl(context.transaction, moved);
    }
    return {};
  });
  CHECK(world.findings().find("000000 complete: thisUpdate lies in the future") != std::string::npos);
  const auto report = world.publisher->publish_due(world.clock.now()).value();
  CHECK(report.complete == 1);
  CHECK(report.arls == 1);
  const auto complete = world.current(kWhole, CrlKind::complete).value();
  CHECK(complete.this_update == world.clock.now());
  CHECK(complete.occasion == registry::CrlOccasion::regular);
  CHECK(world.current(kWhole, CrlKind::delta)->base_number == complete.number);
  CHECK(world.publisher->publish_due(world.clock.now())->complete == 0);
}

TEST_CASE("a point that another generation calls by another name is another scope") {
  RolledWorld world;
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::put_point_names(context.transaction, kSecond, kKiyose,
                              {names_of(kSapporo).directory_name, "http://crl.example.test/renamed"});
    return {};
  });
  world.issue_revoked(30, kKiyose, CrlReason::superseded, kSecond);
  world.publish();
  CHECK(world.serials(kKiyoseScope, CrlKind::complete) == Serials{10, 20});
  CHECK(world.serials(kKiyoseOfSecond, CrlKind::complete) == Serials{30});
  CHECK(world.serials(kWholeOfSecond, CrlKind::complete) == Serials{10, 20, 30});
  CHECK(world.findings() == "");
}

}  // namespace

}  // namespace crl::testing
