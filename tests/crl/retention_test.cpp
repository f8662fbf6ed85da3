// How long past lists are kept, and what goes then.

#include "crl/retention.h"

#include <doctest/doctest.h>

#include "crl/store.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using registry::CrlKind;
using std::chrono::hours;

constexpr hours kDay{24};

std::size_t count_files(const World& world) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.options.folder))
    count += entry.is_regular_file();
  return count;
}

Removal remove_now(World& world, Retention retention) {
  return remove_outdated({*world.environment, *world.writer, world.options.folder, retention},
                         world.clock.now())
      .value();
}

std::vector<registry::CrlRecord> records(const World& world, CrlKind kind) {
  std::vector<registry::CrlRecord> list;
  for (const auto& record : registry::crls_of(world.environment->read(), kKiyoseScope))
    if (record.kind == kind) list.push_back(record);
  return list;
}

TEST_CASE("deltas go after 30 days and complete CRLs after ten years, records and files") {
  World world;
  for (int day = 0; day < 5; ++day) {
    world.publish();
    world.clock.advance(kDay);
  }
  CHECK(count_files(world) == 15);
  world.clock.advance(kDay * 27);  // Day 32: the deltas of days 0 and 1 are older than 30 days.
  const Removal removal = remove_now(world, {});
  CHECK(removal.files == 2);
  CHECK(removal.records == 8);
  CHECK(records(world, CrlKind::delta).size() == 3);
  CHECK(records(world, CrlKind::complete).size() == 5);
  CHECK(count_files(world) == 13);
  world.publish();
  world.clock.advance(kDay * 3653);
  world.publish();
  const Removal later = remove_now(world, {});
  CHECK(later.files > 0);
  // The current one, and the regular one before it, by which its check decides what may have left.
  CHECK(records(world, CrlKind::complete).size() == 2);
  CHECK(world.findings() == "");
  CHECK(sweep_orphans(world.environment->read(), world.options.folder).removed == 0);
}

TEST_CASE("what is current stays however old, with its base") {
  World world;
  world.issue_revoked(10, kKiyose, pki::CrlReason::superseded);
  world.publish();
  world.clock.advance(hours{1});
  world.publish(PublicationKind::delta_only);
  const std::size_t files = count_files(world);
  world.clock.advance(kDay * 5000);
  const Removal removal = remove_now(world, {});
  CHECK(count_files(world) == files - removal.files);
  CHECK(world.current(kKiyoseScope, CrlKind::complete));
  const auto delta = world.current(kKiyoseScope, CrlKind::delta).value();
  CHECK(registry::find_crl(world.environment->read(), kKiyoseScope, CrlKind::complete, *delta.base_number));
  CHECK(world.entries(kKiyoseScope, CrlKind::complete).size() == 1);
}

TEST_CASE("a file of which one list is still current stays whole") {
  World world;
  world.issue(10, kKiyose, kDay * 100);
  world.publish();
  world.clock.advance(hours{1});
  world.revoke(10, pki::CrlReason::superseded);
  world.publish(
      PublicationKind::changed_deltas);  // Kiyose and the whole generation; the others have expired.
  const auto old = world.current({kIssuer, kChiyoda}, CrlKind::delta).value();
  world.clock.advance(pki::Seconds{1});
  remove_now(world, {.complete = kDay, .delta = pki::Seconds{1}});
  CHECK(std::filesystem::exists(path_of(world.options.folder, old)));
  CHECK(world.findings() == "");
}

TEST_CASE("the timer removes once a day") {
  World world;
  world.options.retention = {.complete = kDay * 3, .delta = kDay};
  world.close();
  world.reopen();
  for (int day = 0; day < 8; ++day) {
    CHECK(world.publisher->publish_due(world.clock.now()).has_value());
    world.clock.advance(kDay);
  }
  CHECK(world.publisher->publish_due(world.clock.now()).has_value());
  CHECK(records(world, CrlKind::complete).size() <= 5);
  CHECK(records(world, CrlKind::delta).size() <= 3);
  CHECK(world.findings() == "");
}

}  // namespace

}  // namespace crl::testing
