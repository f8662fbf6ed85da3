// What the role of a view may do in a real PostgreSQL, and what it may not: every table and every verb is
// tried.

#include "store/postgres_views.h"

#include <array>
#include <future>

#include "registry/schema.h"
#include "store/file_share.h"
#include "store/nonce_table.h"
#include "store/postgres_log.h"
#include "tests/cluster/postgres.h"
#include "tests/store/log_machine.h"

namespace cluster::testing {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s;

// A log with two rows and what others have written, and the views edge-1 and edge-2, of which the first is
// let in.
struct World {
  Postgres& postgres = Postgres::running();
  store::LogIdentity identity = postgres.make_log(store::testing::anchor_of_tests());
  std::unique_ptr<store::Log> authority = open("jpki", store::Readers::authorities);
  store::testing::LogMachine machine{"a", *authority};

  World() {
    Sql owner(postgres.connection());
    owner("SET client_min_messages = error; DROP ROLE IF EXISTS \"edge-1\", \"edge-2\", an_authority");
    for (const char* const name : {"edge-1", "edge-2"})
      REQUIRE(
          store::prepare_view({.connection = postgres.connection(), .patience = kPatience}, name).value());
    owner("CREATE ROLE an_authority LOGIN IN ROLE jpki_authority");
    REQUIRE(machine.begin(identity).has_value());
    REQUIRE(machine.lead().has_value());
    REQUIRE(machine.put(1).has_value());
    REQUIRE(machine.put(2).has_value());
    REQUIRE(authority->report({.name = "a", .role = "leader", .row = 2}).has_value());
    REQUIRE(authority->request_lease(request_of("a")).has_value());
    REQUIRE(authority->send({.machine = "a", .sequence = 1, .body = pki::Bytes(3, 1)}).has_value());
    let_in({"edge-1"});
  }
  void let_in(const std::vector<std::string>& names) {
    store::ViewNames views({.connection = postgres.connection("an_authority"), .patience = kPatience});
    REQUIRE(views.set(names).has_value());
  }
  static store::LeaseRequest request_of(const std::string& name) {
    return {.machine = name, .process = pki::Bytes(16, 7), .number = 1, .row = 2, .hash = pki::Bytes(32, 9)};
  }
  std::unique_ptr<store::Log> open(const std::string& role, store::Readers reader) const {
    return store::open_postgres_log(
        {.connection = postgres.connection(role), .patience = kPatience, .reader = reader},
        pki::Rng::system());
  }
};

}  // namespace

TEST_CASE("a view follows its half, keeps a lease, says how far it is, and leaves messages") {
  World world;
  const auto log = world.open("edge-1", store::Readers::views);
  store::testing::LogMachine view("edge-1", *log);
  REQUIRE(view.begin(world.identity).has_value());
  CHECK(view.catch_up().value() == 2);
  CHECK(log->status()->rows == 2);
  REQUIRE(log->report({.name = "edge-1", .role = "view", .row = 1}).has_value());
  REQUIRE(log->report({.name = "edge-1", .role = "view", .row = 2}).has_value());
  REQUIRE(log->request_lease(World::request_of("edge-1")).has_value());
  REQUIRE(world.authority
              ->grant_lease(world.machine.epoch, World::request_of("edge-1"), std::chrono::milliseconds{1500})
              .has_value());
  CHECK(log->request_lease(World::request_of("edge-1"))->number == 1);
  for (int time = 0; time < 2; ++time)
    REQUIRE(log->send({.machine = "edge-1", .sequence = 5, .body = pki::Bytes(3, 1)}).has_value());
  CHECK(log->last_sent("edge-1").value() == 5);
  CHECK(world.authority->inbox(10)->size() == 2);
  const auto reports = world.authority->reports().value();
  REQUIRE(reports.size() == 2);
  CHECK(reports.back().role == "view");
  CHECK(reports.back().row == 2);
}

TEST_CASE("a view can write nothing in another machine's name, and nothing that it was not given") {
  World world;
  const auto log = world.open("edge-1", store::Readers::views);
  for (const char* const other : {"a", "edge-2", "b"}) {
    CAPTURE(other);
    CHECK(log->report({.name = other, .role = "view", .row = 9}).has_error());
    CHECK(log->request_lease(World::request_of(other)).has_error());
    CHECK(log->send({.machine = other, .sequence = 7, .body = pki::Bytes(3, 1)}).has_error());
  }
  CHECK(log->report({.name = "edge-1", .role = "standby", .row = 2}).has_error());
  CHECK(log->report({.name = "edge-1", .role = "leader", .row = 2}).has_error());
  CHECK(log->raise_epoch("edge-1").has_error());
  CHECK(log->renew(world.machine.epoch).has_error());
  CHECK(log->close("edge-1").has_error());
  store::LogRow row = world.authority->read_after(1, 1)->front();
  row.number = 3;
  CHECK(log->append(row).outcome == store::AppendOutcome::failed);
  REQUIRE(log->request_lease(World::request_of("edge-1")).has_value());
  CHECK(log->grant_lease(world.machine.epoch, World::request_of("edge-1"), 1s).has_error());
  Sql owner(world.postgres.connection());
  CHECK(owner("SELECT granted FROM jpki_lease WHERE machine = 'edge-1'") == "0");
  CHECK(owner("SELECT count(*) FROM jpki_machine") == "1");
}

TEST_CASE("every statement that is not a view's is refused or finds nothing") {
  World world;
  Sql view(world.postgres.connection("edge-1"));
  for (const char* const statement :
       {"SELECT for_authorities FROM jpki_log",
        "SELECT * FROM jpki_log",
        "SELECT 1 FROM jpki_log WHERE octet_length(for_authorities) > 0",
        "SELECT count(l) FROM jpki_log l",
        "COPY jpki_log TO STDOUT",
        "TABLE jpki_log",
        "INSERT INTO jpki_log (number) VALUES (9)",
        "UPDATE jpki_log SET writer = 'x'",
        "DELETE FROM jpki_log",
        "TRUNCATE jpki_log",
        "SELECT * FROM jpki_epoch",
        "SELECT number FROM jpki_epoch",
        "SELECT 1 FROM jpki_epoch FOR SHARE",
        "UPDATE jpki_epoch SET number = 9",
        "DELETE FROM jpki_epoch",
        "INSERT INTO jpki_epoch (number, id, machine) VALUES (9, '', '')",
        "UPDATE jpki_instance SET id = id",
        "DELETE FROM jpki_instance",
        "DELETE FROM jpki_machine",
        "TRUNCATE jpki_machine",
        "DELETE FROM jpki_lease",
        "UPDATE jpki_lease SET granted = 9",
        "UPDATE jpki_lease SET granted_process = process",
        "UPDATE jpki_lease SET length = 9999999",
        "UPDATE jpki_lease SET granted_at = clock_timestamp()",
        "SELECT body FROM jpki_inbox",
        "SELECT * FROM jpki_inbox",
        "UPDATE jpki_inbox SET body = ''",
        "DELETE FROM jpki_inbox",
        "INSERT INTO jpki_inbox VALUES ('edge-1', 3, '')",
        "INSERT INTO jpki_inbox VALUES ('edge-1', 3, decode(repeat('00', 1048577), 'hex'))",
        "INSERT INTO jpki_machine VALUES ('edge-1', 'view', 1, clock_timestamp() + interval '1 hour')",
        "INSERT INTO jpki_lease (machine, process, request, number, hash, requested_at) VALUES ('edge-1', "
        "'', "
        "1, 1, '', 'infinity')",
        "INSERT INTO jpki_file VALUES ('x', 'y', 0, '')",
        "UPDATE jpki_file SET bytes = ''",
        "DELETE FROM jpki_file",
        "INSERT INTO jpki_nonce (mark, machine) VALUES (decode(repeat('00', 16), 'hex'), 'edge-2')",
        "INSERT INTO jpki_nonce (mark, machine) VALUES (decode('00', 'hex'), 'edge-1')",
        "INSERT INTO jpki_nonce (mark, machine, number) VALUES (decode(repeat('00', 16), 'hex'), 'edge-1', "
        "1)",
        "SELECT number FROM jpki_nonce",
        "SELECT * FROM jpki_nonce",
        "UPDATE jpki_nonce SET mark = mark",
        "DELETE FROM jpki_nonce",
        "TRUNCATE jpki_nonce",
        "UPDATE jpki_nonce_memory SET begun = begun",
        "DELETE FROM jpki_nonce_memory",
        "INSERT INTO jpki_nonce_memory VALUES (true, '-infinity')",
        "INSERT INTO jpki_view_name VALUES ('edge-2')",
        "DELETE FROM jpki_view_name",
        "UPDATE jpki_view_name SET name = 'x'",
        "ALTER TABLE jpki_log DISABLE ROW LEVEL SECURITY",
        "DROP POLICY views ON jpki_log",
        "DROP TABLE jpki_log",
        "SET ROLE jpki_authority",
        "SET ROLE jpki",
        "SET SESSION AUTHORIZATION jpki",
        "GRANT jpki_authority TO \"edge-1\"",
        "CREATE ROLE another",
        "SELECT pg_read_file('postgresql.conf')"}) {
    CAPTURE(statement);
    CHECK_THROWS(view(statement));
  }
  // Rows of others are not seen; nor by the group's name.
  for (const char* const role : {"", "SET ROLE jpki_view; "}) {
    const std::string as(role);
    CHECK(view(as + "SELECT count(name) FROM jpki_machine") == "0");
    CHECK(view(as + "SELECT count(machine) FROM jpki_lease") == "0");
    CHECK(view(as + "SELECT count(machine) FROM jpki_inbox") == "0");
    CHECK(view(as + "SELECT count(name) FROM jpki_view_name") == "1");
    CHECK_THROWS(view(as + "INSERT INTO jpki_machine VALUES ('jpki_view', 'view', 1, clock_timestamp())"));
  }
}

TEST_CASE("a nonce is taken once over all machines, whichever role takes it, and by many at a time") {
  World world;
  const auto table = [&](const std::string& role, const std::string& machine) {
    return store::open_postgres_nonces({.connection = world.postgres.connection(role), .patience = kPatience},
                                       machine);
  };
  const auto a = table("an_authority", "a"), edge = table("edge-1", "edge-1");
  const auto nonce = [](std::uint8_t number) {
    store::SharedNonce made{};
    made.fill(number);
    return made;
  };
  const std::array all = {nonce(3), nonce(1), nonce(2)};
  constexpr std::chrono::hours kMemory{1};
  // What was taken before the table was made is not in it.
  CHECK(a->take(all, kMemory).error().code == pki::Errc::too_busy);
  CHECK(edge->take(all, kMemory).error().code == pki::Errc::too_busy);
  Sql owner(world.postgres.connection());
  owner("UPDATE jpki_nonce_memory SET begun = begun - interval '2 hours'");
  CHECK(edge->take(std::vector{nonce(1)}, kMemory).value() == std::vector{true});
  CHECK(a->take(all, kMemory).value() == std::vector{true, false, true});
  CHECK(edge->take(all, kMemory).value() == std::vector{false, false, false});
  // The view sees what it has put there, and the authority removes what is old, by number.
  Sql view(world.postgres.connection("edge-1"));
  CHECK(view("SELECT count(mark) FROM jpki_nonce") == "1");
  CHECK(a->newest().value() >= 3);
  REQUIRE(a->remove_to(std::stoull(owner("SELECT min(number) FROM jpki_nonce"))).has_value());
  CHECK(a->take(all, kMemory).value() == std::vector{false, true, false});
  REQUIRE(a->remove_to(a->newest().value()).has_value());
  CHECK(a->newest().value() == 0);
  CHECK(edge->remove_to(9).has_error());

  // Two machines at once, each in its own order: each nonce is one machine's.
  std::vector<store::SharedNonce> many;
  for (std::uint8_t number = 0; number < 200; ++number)
    many.push_back(nonce(number));
  const std::vector reversed(many.rbegin(), many.rend());
  auto other = std::async(std::launch::async, [&] { return edge->take(reversed, kMemory).value(); });
  const auto mine = a->take(many, kMemory).value();
  const auto theirs = other.get();
  for (std::size_t i = 0; i < many.size(); ++i)
    CHECK(mine[i] != theirs[many.size() - 1 - i]);
  // Who is let in no more takes none.
  world.let_in({});
  CHECK(edge->take(std::vector{nonce(201)}, kMemory).has_error());
}

TEST_CASE("nobody reads or writes who was not let in, or was removed; what it had is gone") {
  World world;
  const auto outside = world.open("edge-2", store::Readers::views);
  CHECK(outside->read_after(0, 10)->empty());
  CHECK(outside->report({.name = "edge-2", .role = "view", .row = 2}).has_error());
  CHECK(outside->request_lease(World::request_of("edge-2")).has_error());
  CHECK(outside->send({.machine = "edge-2", .sequence = 1, .body = pki::Bytes(3, 1)}).has_error());

  const auto log = world.open("edge-1", store::Readers::views);
  REQUIRE(log->request_lease(World::request_of("edge-1")).has_value());
  REQUIRE(log->send({.machine = "edge-1", .sequence = 1, .body = pki::Bytes(3, 1)}).has_value());
  CHECK(log->read_after(0, 10)->size() == 2);
  world.let_in({"edge-2"});
  CHECK(log->read_after(0, 10)->empty());
  CHECK(log->request_lease(World::request_of("edge-1")).has_error());
  CHECK(log->report({.name = "edge-1", .role = "view", .row = 2}).has_error());
  CHECK(log->send({.machine = "edge-1", .sequence = 2, .body = pki::Bytes(3, 1)}).has_error());
  Sql owner(world.postgres.connection());
  CHECK(owner("SELECT count(*) FROM jpki_lease WHERE machine = 'edge-1'") == "0");
  CHECK(owner("SELECT count(*) FROM jpki_inbox WHERE machine = 'edge-1'") == "0");
  CHECK(outside->read_after(0, 10)->size() == 2);
  world.let_in({});
  CHECK(outside->read_after(0, 10)->empty());
  // Machines of the authority are not touched.
  CHECK(owner("SELECT count(*) FROM jpki_lease") == "1");
}

TEST_CASE("a view serves with a role of its own name, which may no more than a view") {
  World world;
  const auto check = [&](const std::string& role, const std::string& machine) {
    return store::check_view_role({.connection = world.postgres.connection(role), .patience = kPatience},
                                  machine);
  };
  CHECK(check("edge-1", "edge-1").has_value());
  CHECK(check("edge-2", "edge-1").error().text().find("edge-2") != std::string::npos);
  CHECK(check("an_authority", "an_authority").has_error());
  CHECK(check("jpki", "jpki").has_error());
  Sql owner(world.postgres.connection());
  owner("GRANT jpki_authority TO \"edge-1\"");
  CHECK(check("edge-1", "edge-1").has_error());
  owner("REVOKE jpki_authority FROM \"edge-1\"");
  // A second time nothing changes; names of others are refused.
  const auto prepare = [&](const std::string& name) {
    return store::prepare_view({.connection = world.postgres.connection(), .patience = kPatience}, name);
  };
  CHECK(prepare("edge-1").value());
  CHECK(prepare("an_authority").has_error());
  CHECK(prepare("a").has_error());
  CHECK(world.open("edge-1", store::Readers::views)->read_after(0, 10)->size() == 2);
}

}  // namespace cluster::testing
