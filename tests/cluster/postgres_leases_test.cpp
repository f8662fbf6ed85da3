// Read leases, messages and files beside the log in a real PostgreSQL.

#include "store/file_share.h"
#include "store/postgres_log.h"

#include "tests/cluster/postgres.h"
#include "tests/store/log_machine.h"

namespace cluster::testing {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s;

struct World {
  Postgres& postgres = Postgres::running();
  store::LogIdentity identity = postgres.make_log(store::testing::anchor_of_tests());
  std::unique_ptr<store::Log> leader = open("jpki"), other = open("jpki");
  store::Epoch epoch = leader->raise_epoch("a").value();
  store::LeaseRequest request{
      .machine = "b", .process = pki::Bytes(16, 7), .number = 1, .row = 3, .hash = pki::Bytes(32, 9)};

  std::unique_ptr<store::Log> open(const std::string& role) const {
    return store::open_postgres_log(
        {.connection = postgres.connection(role), .patience = kPatience, .lease = 0ms}, pki::Rng::system());
  }
  store::LeaseGrant ask() { return other->request_lease(request).value(); }
  std::string sql(const std::string& statement) { return Sql(postgres.connection())(statement); }
};

}  // namespace

TEST_CASE("a lease that was asked for is granted to that request of that process, and seen by its machine") {
  World world;
  CHECK(world.ask().process.empty());
  auto requests = world.leader->lease_requests();
  REQUIRE(requests.has_value());
  REQUIRE(requests->size() == 1);
  store::LeaseRequest& seen = requests->front();
  CHECK(seen.machine == "b");
  CHECK(seen.process == world.request.process);
  CHECK(seen.number == 1);
  CHECK(seen.row == 3);
  CHECK(seen.hash == world.request.hash);
  CHECK_FALSE(seen.is_granted);
  REQUIRE(world.leader->grant_lease(world.epoch, seen, 1500ms).has_value());
  CHECK(world.leader->lease_requests()->front().is_granted);
  const store::LeaseGrant grant = world.ask();
  CHECK(grant.process == world.request.process);
  CHECK(grant.number == 1);
  CHECK(grant.length == 1500ms);
  // The next request of the process, and another process.
  world.request.number = 2;
  CHECK(world.ask().number == 1);
  CHECK_FALSE(world.leader->lease_requests()->front().is_granted);
  world.request.process = pki::Bytes(16, 8);
  CHECK(world.ask().process == pki::Bytes(16, 7));
  // An answer to a request that was replaced meanwhile changes nothing.
  REQUIRE(world.leader->grant_lease(world.epoch, seen, 1500ms).has_value());
  CHECK_FALSE(world.leader->lease_requests()->front().is_granted);
}

TEST_CASE("a request keeps the moment at which it was made, whatever its machine says later of its store") {
  World world;
  static_cast<void>(world.ask());
  world.sql("UPDATE jpki_lease SET requested_at = requested_at - interval '1 hour'");
  world.request.row = 4;
  static_cast<void>(world.ask());
  const auto requests = world.leader->lease_requests();
  REQUIRE(requests.has_value());
  CHECK(requests->front().row == 4);
  CHECK(requests->front().age >= 1h);
  world.request.number = 2;
  static_cast<void>(world.ask());
  CHECK(world.leader->lease_requests()->front().age < 1h);
}

TEST_CASE(
    "a leader whose epoch is over grants nothing, and an epoch begins after the grants of the one before") {
  World world;
  static_cast<void>(world.ask());
  REQUIRE(world.other->raise_epoch("b").has_value());
  REQUIRE(world.leader->grant_lease(world.epoch, world.request, 1500ms).has_value());
  CHECK_FALSE(world.leader->lease_requests()->front().is_granted);
}

TEST_CASE("the leases of machines are in their reports, and a crash of the database empties them") {
  World world;
  REQUIRE(world.other->report({.name = "b", .role = "standby", .row = 3}).has_value());
  CHECK(world.leader->reports()->front().lease_left == 0ms);
  static_cast<void>(world.ask());
  CHECK(world.leader->reports()->front().lease_left == 0ms);
  REQUIRE(world.leader->grant_lease(world.epoch, world.request, 100h).has_value());
  CHECK(world.leader->reports()->front().lease_left > 1h);
  CHECK(world.sql("SELECT relpersistence FROM pg_class WHERE relname = 'jpki_lease'") == "u");
}

TEST_CASE("a message is there once, in order, and its number is known after it was forgotten") {
  World world;
  CHECK(world.other->last_sent("b").value() == 0);
  const store::InboxEntry one{.machine = "b", .sequence = 5, .body = {1, 2}};
  const store::InboxEntry two{.machine = "b", .sequence = 6, .body = {3}};
  REQUIRE(world.other->send(two).has_value());
  REQUIRE(world.other->send(one).has_value());
  REQUIRE(world.other->send({.machine = "b", .sequence = 5, .body = {9}}).has_value());
  CHECK(world.leader->inbox(10).value() == std::vector{one, two});
  CHECK(world.leader->inbox(1).value() == std::vector{one});
  REQUIRE(world.leader->forget("b", 5).has_value());
  CHECK(world.leader->inbox(10).value() == std::vector{two});
  REQUIRE(world.leader->forget("b", 6).has_value());
  CHECK(world.leader->inbox(10)->empty());
  CHECK(world.other->last_sent("b").value() == 6);
  CHECK(world.sql("SELECT count(*) FROM jpki_inbox") == "1");
}

TEST_CASE("a shared file is whole when its first piece is there, and no piece is replaced") {
  World world;
  const auto share =
      store::open_postgres_file_share({.connection = world.postgres.connection(), .patience = kPatience});
  const store::SharedFile file{.folder = "auth-1", .name = "complete-1.crls", .size = 5};
  CHECK(share->files()->empty());
  REQUIRE(share->write(file, 1, pki::Bytes{4, 5}).has_value());
  CHECK(share->files()->empty());
  REQUIRE(share->write(file, 0, pki::Bytes{1, 2, 3}).has_value());
  CHECK(share->files().value() == std::vector{file});
  REQUIRE(share->write(file, 0, pki::Bytes{9}).has_value());
  CHECK(share->read(file, 0).value() == pki::Bytes{1, 2, 3});
  CHECK(share->read(file, 1).value() == pki::Bytes{4, 5});
  CHECK(share->read(file, 2).error().code == pki::Errc::not_found);
  REQUIRE(share->remove(file).has_value());
  CHECK(share->files()->empty());
}

TEST_CASE("an authority's role asks, grants, sends and shares; a view's does none of it") {
  World world;
  world.sql("DROP ROLE IF EXISTS an_authority, a_view");
  world.sql(
      "CREATE ROLE an_authority LOGIN IN ROLE jpki_authority; CREATE ROLE a_view LOGIN IN ROLE jpki_view");
  const auto log = world.open("an_authority");
  CHECK(log->request_lease(world.request).has_value());
  const auto requests = log->lease_requests();
  REQUIRE(requests.has_value());
  CHECK(log->grant_lease(world.epoch, requests->front(), 1s).has_value());
  CHECK(log->lease_requests()->front().is_granted);
  CHECK(log->send({.machine = "b", .sequence = 1, .body = {1}}).has_value());
  CHECK(log->forget("b", 1).has_value());
  const auto share = store::open_postgres_file_share(
      {.connection = world.postgres.connection("an_authority"), .patience = kPatience});
  const store::SharedFile file{.folder = "auth-1", .name = "x", .size = 1};
  CHECK(share->write(file, 0, pki::Bytes{1}).has_value());
  CHECK(share->files().has_value());
  CHECK(share->remove(file).has_value());
  const auto view = world.open("a_view");
  CHECK(view->request_lease(world.request).has_error());
  // Those of others are not seen.
  CHECK(view->lease_requests()->empty());
  CHECK(view->send({.machine = "a_view", .sequence = 1, .body = {1}}).has_error());
  CHECK(view->inbox(1).has_error());
}

}  // namespace cluster::testing
