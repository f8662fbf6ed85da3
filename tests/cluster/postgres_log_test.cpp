// The log in a real PostgreSQL: what it appends, whom it refuses, and what breaks in the middle.

#include "store/postgres_log.h"

#include <algorithm>
#include <future>
#include <map>

#include "pki/hash.h"
#include "store/log_check.h"
#include "store/postgres_trim.h"
#include "tests/cluster/postgres.h"
#include "tests/cluster/proxy.h"
#include "tests/store/log_machine.h"

namespace cluster::testing {

namespace {

using namespace std::chrono_literals;
using store::AppendOutcome;
using store::testing::LogMachine;

// The tests' own patience: a machine that others use as well may be slow.
constexpr auto kPatience = 60s;

const pki::Bytes& anchor() {
  static const pki::Bytes anchor = store::testing::anchor_of_tests();
  return anchor;
}

std::unique_ptr<store::Log> open(const std::string& connection,
                                 std::chrono::milliseconds patience = kPatience,
                                 store::Readers reader = store::Readers::authorities) {
  // Without a lease, so that a machine takes over when a test says so.
  return store::open_postgres_log(
      {.connection = connection, .patience = patience, .lease = 0ms, .reader = reader}, pki::Rng::system());
}

bool says(const pki::Result<void>& result, std::string_view part) {
  return result.has_error() && result.error().text().find(part) != std::string::npos;
}
template <typename T>
std::string refusal_of(const pki::Result<T>& result) {
  return result ? "" : result.error().text();
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// A machine that does not lead any more tries to, as a restarted service does.
pki::Result<void> put_leading(LogMachine& machine, std::uint64_t number) {
  if (!machine.writer || machine.writer->fault()) {
    machine.restart();
    TRY(machine.lead());
  }
  return machine.put(number);
}

// A log with two machines, a with a connection of the test's choice.
struct Pair {
  Postgres& postgres = Postgres::running();
  store::LogIdentity identity = postgres.make_log(anchor());
  std::unique_ptr<store::Log> log_a, log_b;
  LogMachine a, b;

  explicit Pair(const std::string& connection = Postgres::running().connection(),
                std::chrono::milliseconds patience = kPatience)
      : log_a(open(connection, patience)),
        log_b(open(postgres.connection())),
        a("a", *log_a),
        b("b", *log_b) {
    REQUIRE(a.begin(identity).has_value());
    REQUIRE(b.begin(identity).has_value());
  }
  void check() {
    const auto rows = log_b->read_after(0, 1000);
    REQUIRE(rows.has_value());
    store::testing::check_chain(identity, *rows);
    a.check(identity, *rows);
    b.check(identity, *rows);
  }
  std::string sql(const std::string& statement) { return Sql(postgres.connection())(statement); }
};

// Row 1 of a log as its leader would append it.
store::LogRow first_row(const store::LogIdentity& identity, store::Epoch epoch, std::uint8_t content = 1) {
  const auto half = [&] {
    pki::Bytes body(33, content);
    pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, body);
    return store::RowHalf{std::move(digest), std::move(body)};
  };
  store::LogRow row{.number = 1,
                    .epoch = std::move(epoch),
                    .writer = "a",
                    .time = support::kStart,
                    .schema = registry::kSchemaVersion,
                    .previous = identity.anchor,
                    .for_views = half(),
                    .for_authorities = half()};
  row.hash = hash_of(row);
  return row;
}

}  // namespace

TEST_CASE("what one machine writes the other reads, octet for octet, and a takeover goes on where it ended") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  for (std::uint64_t i = 1; i <= 3; ++i)
    REQUIRE(pair.a.put(i).has_value());
  REQUIRE(pair.b.lead().has_value());
  CHECK(pair.b.digest() == pair.a.digest());
  CHECK(pair.b.put(4).has_value());
  CHECK(says(pair.a.put(5), "nothing was stored"));
  CHECK(says(pair.a.put(6), "nothing was stored"));
  pair.a.restart();
  CHECK(pair.a.catch_up().value() == 4);
  CHECK(pair.b.digest() == pair.a.digest());
  CHECK(pair.sql("SELECT machine FROM jpki_epoch") == "b");
  pair.check();
}

TEST_CASE("wherever the connection breaks, what was acknowledged is there and what was refused is not") {
  for (const Break how : {Break::before_request, Break::after_answer, Break::at_request}) {
    int requests = 1;
    for (int n = 1; n <= requests; ++n) {
      CAPTURE(static_cast<int>(how));
      CAPTURE(n);
      const support::TemporaryFolder folder;
      Proxy proxy(folder.path().string(), Postgres::running().folder());
      Pair pair(proxy.connection());
      proxy.break_at(n, how);
      const int before = proxy.requests();
      std::map<std::uint64_t, pki::Result<void>> results;
      for (std::uint64_t i = 1; i <= 3; ++i)
        results.emplace(i, put_leading(pair.a, i));
      if (n == 1) requests = proxy.requests() - before;
      REQUIRE(pair.b.lead().has_value());
      for (const auto& [i, result] : results) {
        CAPTURE(i);
        CAPTURE(refusal_of(result));
        if (result.has_value()) CHECK(pair.b.has(i));
        if (says(result, "nothing was stored")) CHECK_FALSE(pair.b.has(i));
      }
      pair.a.restart();
      REQUIRE(pair.a.catch_up().has_value());
      CHECK(pair.a.digest() == pair.b.digest());
      pair.check();
    }
    CHECK(requests >= 8);
  }
}

TEST_CASE(
    "a cancelled wait for the standbys is an unknown outcome, and stays one until a standby has the row") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  pair.postgres.set("synchronous_standby_names", "'nobody'");
  auto result = std::async(std::launch::async, [&] { return pair.a.put(1); });
  // The append and then the attempt to settle it wait for a standby that there is not; both waits are
  // cancelled.
  Sql sql(pair.postgres.connection());
  const std::string waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  std::string append, settle;
  while (append.empty())
    append = sql(waiting);
  sql("SELECT pg_cancel_backend(" + append + ")");
  while (settle.empty())
    settle = sql(waiting + " AND pid <> " + append);
  sql("SELECT pg_cancel_backend(" + settle + ")");
  const auto first = result.get();
  CHECK(says(first, "same Idempotency-Key"));
  CHECK(has(refusal_of(first), "might not have been replicated"));
  // It can be read, and that proves nothing.
  CHECK(pair.log_b->read_after(0, 10).value().size() == 1);
  CHECK_FALSE(pair.a.has(1));
  pair.postgres.set("synchronous_standby_names", "''");
  CHECK(pair.a.put(1).has_value());
  CHECK(pair.a.has(1));
  pair.check();
}

TEST_CASE("an epoch begins after the rows under way in the one before") {
  Pair pair;
  const auto epoch = pair.log_a->raise_epoch("a");
  REQUIRE(epoch.has_value());
  // The lock of an append under way.
  Sql held(pair.postgres.connection());
  held("BEGIN");
  held("SELECT 1 FROM jpki_epoch FOR SHARE");
  auto raised = std::async(std::launch::async, [&] { return pair.log_b->raise_epoch("b"); });
  Sql sql(pair.postgres.connection());
  sql.await("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", "1");
  CHECK(sql("SELECT machine FROM jpki_epoch") == "a");
  held("COMMIT");
  CHECK(raised.get().value().number == epoch->number + 1);
  CHECK(pair.log_a->append(first_row(pair.identity, *epoch)).outcome == AppendOutcome::deposed);
}

TEST_CASE("an append that waits for an epoch to begin is refused by it") {
  Pair pair;
  const auto epoch = pair.log_a->raise_epoch("a");
  REQUIRE(epoch.has_value());
  Sql held(pair.postgres.connection());
  held("BEGIN");
  held("UPDATE jpki_epoch SET number = number + 1, id = '\\x00', machine = 'b'");
  auto appended =
      std::async(std::launch::async, [&] { return pair.log_a->append(first_row(pair.identity, *epoch)); });
  Sql sql(pair.postgres.connection());
  sql.await("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", "1");
  held("COMMIT");
  CHECK(appended.get().outcome == AppendOutcome::deposed);
  CHECK(sql("SELECT count(*) FROM jpki_log") == "0");
}

TEST_CASE("no isolation level that a server has as its default changes what is appended") {
  Pair pair;
  // New sessions have it; those that are there keep what they had.
  pair.postgres.set("default_transaction_isolation", "'repeatable read'");
  const auto log = open(pair.postgres.connection());
  const auto epoch = log->raise_epoch("a");
  REQUIRE(epoch.has_value());
  const store::LogRow row = first_row(pair.identity, *epoch);
  Sql held(pair.postgres.connection()), sql(pair.postgres.connection());
  const std::string waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  // The first attempt is under way while the second begins: the second must see what the first has appended.
  held("BEGIN ISOLATION LEVEL READ COMMITTED");
  held("SELECT 1 FROM jpki_epoch FOR SHARE");
  auto settled = std::async(std::launch::async, [&] { return log->settle(row); });
  sql.await(waiting, "1");
  CHECK(pair.log_a->append(row).outcome == AppendOutcome::appended);
  held("COMMIT");
  CHECK(settled.get().outcome == AppendOutcome::appended);
  // An append that waits while another epoch begins belongs to an epoch that is over; it did not merely fail.
  held("BEGIN ISOLATION LEVEL READ COMMITTED");
  held("UPDATE jpki_epoch SET number = number + 1, id = '\\x00', machine = 'b'");
  store::LogRow next = row;
  next.number = 2;
  next.previous = row.hash;
  next.hash = hash_of(next);
  auto appended = std::async(std::launch::async, [&] { return log->append(next); });
  sql.await(waiting, "1");
  held("COMMIT");
  CHECK(appended.get().outcome == AppendOutcome::deposed);
  pair.postgres.set("default_transaction_isolation", "'read committed'");
}

TEST_CASE("nobody takes over before the lease of the one who leads has run out, or was given back") {
  Pair pair;
  const auto leading = [&](std::chrono::milliseconds lease) {
    return store::open_postgres_log(
        {.connection = pair.postgres.connection(), .patience = kPatience, .lease = lease},
        pki::Rng::system());
  };
  const auto a = leading(1h), b = leading(1h);
  CHECK(a->status().value().machine.empty());
  const auto epoch = a->raise_epoch("a");
  REQUIRE(epoch.has_value());
  const auto refused = b->raise_epoch("b");
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  CHECK(has(refused.error().text(), "a leads the log"));
  // Nor the same machine in another process.
  CHECK(a->raise_epoch("a").has_error());
  CHECK(a->renew(*epoch).has_value());
  store::LogStatus status = b->status().value();
  CHECK(status.machine == "a");
  CHECK(status.epoch == *epoch);
  CHECK(status.lease_left > 50min);
  CHECK(status.lease_left <= 1h);
  CHECK(status.rows == 0);
  REQUIRE(a->append(first_row(pair.identity, *epoch)).outcome == AppendOutcome::appended);
  status = b->status().value();
  CHECK(status.rows == 1);
  CHECK(status.last_row_at == support::kStart);
  a->release(*epoch);
  CHECK(b->status().value().lease_left == 0ms);
  const auto next = b->raise_epoch("b");
  REQUIRE(next.has_value());
  const auto over = a->renew(*epoch);
  REQUIRE(over.has_error());
  CHECK(over.error().code == pki::Errc::conflict);
  // Giving back what one no longer has takes nothing from anybody.
  a->release(*epoch);
  CHECK(b->status().value().lease_left > 50min);
  CHECK(leading(1h)->raise_epoch("c").has_error());
  pair.sql("UPDATE jpki_epoch SET until = clock_timestamp()");
  CHECK(leading(1h)->raise_epoch("c").has_value());
}

TEST_CASE("a log that is closed is led by nobody, whoever led it and whatever a machine lacks") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  REQUIRE(pair.a.put(1).has_value());
  CHECK_FALSE(pair.log_b->status()->is_closed);
  REQUIRE(pair.log_b->close("b").has_value());
  const store::LogStatus status = pair.log_b->status().value();
  CHECK(status.is_closed);
  CHECK(status.machine == "b");
  CHECK(status.lease_left == 0ms);
  // The leader's epoch is over, and giving back its lease opens nothing.
  CHECK(says(pair.a.put(2), "nothing was stored"));
  pair.log_a->release({.number = status.epoch.number - 1, .id = pki::Bytes(16, 0)});
  CHECK(has(refusal_of(pair.log_a->raise_epoch("a")), "b has taken its store out of it"));
  CHECK(has(refusal_of(pair.b.lead()), "b has taken its store out of it"));
  // Asked again after an outcome that was not known, or by another: one call alone has closed it.
  CHECK(pair.log_b->close("b").error().code == pki::Errc::already_exists);
  CHECK(pair.log_a->close("a").error().code == pki::Errc::already_exists);
  CHECK(pair.log_b->status()->machine == "b");
  CHECK(pair.log_b->status()->is_closed);
  pair.check();
}

TEST_CASE("rows that all machines have are removed, and none that one lacks") {
  Pair pair;
  const store::PostgresOptions owner{.connection = pair.postgres.connection(), .patience = kPatience};
  const pki::Time later = support::kStart + std::chrono::hours{1};
  REQUIRE(pair.a.lead().has_value());
  for (std::uint64_t i = 1; i <= 6; ++i)
    REQUIRE(pair.a.put(i).has_value());
  CHECK(has(refusal_of(store::trim_log(owner, later)), "no machine has said"));
  REQUIRE(pair.log_a->report({.name = "a", .role = "leader", .row = 6}).has_value());
  REQUIRE(pair.log_a->report({.name = "b", .role = "standby", .row = 3}).has_value());
  CHECK(store::trim_log(owner, support::kStart)->removed == 0);
  auto trimmed = store::trim_log(owner, later);
  REQUIRE(trimmed.has_value());
  CHECK(trimmed->removed == 2);
  CHECK(trimmed->first_kept == 3);
  CHECK(trimmed->least == "b");
  CHECK(trimmed->least_row == 3);
  CHECK(store::trim_log(owner, later)->removed == 0);
  CHECK(has(refusal_of(pair.b.catch_up()), "the log begins with row 3, and this store is at row 0"));
  REQUIRE(pair.log_a->report({.name = "b", .role = "standby", .row = 6}).has_value());
  // The last row stays: the next one follows it.
  CHECK(store::trim_log(owner, later)->first_kept == 6);
  REQUIRE(pair.a.put(7).has_value());
  CHECK(store::check_log(*pair.log_b, pair.a.position())->first == 6);
}

TEST_CASE("a row before the first that is kept is not appended again") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  for (std::uint64_t i = 1; i <= 3; ++i)
    REQUIRE(pair.a.put(i).has_value());
  const auto rows = pair.log_b->read_after(0, 10).value();
  pair.sql("DELETE FROM jpki_log WHERE number < 3");
  const auto epoch = pair.log_b->raise_epoch("b");
  REQUIRE(epoch.has_value());
  for (std::size_t i = 0; i < 2; ++i) {
    store::LogRow row = rows[i];
    row.epoch = *epoch;
    row.hash = hash_of(row);
    CHECK(pair.log_b->append(row).outcome == AppendOutcome::deposed);
  }
  CHECK(pair.sql("SELECT count(*) FROM jpki_log") == "1");
}

TEST_CASE("only the owner of the tables removes rows and machines, and no machine that runs") {
  Pair pair;
  pair.sql("DROP ROLE IF EXISTS an_authority; CREATE ROLE an_authority LOGIN IN ROLE jpki_authority");
  const store::PostgresOptions owner{.connection = pair.postgres.connection(), .patience = kPatience};
  const store::PostgresOptions machine{.connection = pair.postgres.connection("an_authority"),
                                       .patience = kPatience};
  REQUIRE(pair.a.lead().has_value());
  for (std::uint64_t i = 1; i <= 2; ++i)
    REQUIRE(pair.a.put(i).has_value());
  REQUIRE(pair.log_a->report({.name = "a", .role = "leader", .row = 2}).has_value());
  const auto trimmed = store::trim_log(machine, support::kStart + std::chrono::hours{1});
  REQUIRE(trimmed.has_error());
  CHECK(trimmed.error().code == pki::Errc::forbidden);
  CHECK(has(trimmed.error().text(), "only the owner of the log's tables"));
  CHECK(pair.sql("SELECT count(*) FROM jpki_log") == "2");

  CHECK(refusal_of(store::forget_machine(owner, "nobody")).starts_with("the log knows no machine nobody"));
  CHECK(store::forget_machine(owner, "a").error().code == pki::Errc::conflict);
  pair.sql("UPDATE jpki_machine SET at = at - interval '11 seconds'");
  CHECK(store::forget_machine(machine, "a").error().code == pki::Errc::forbidden);
  CHECK(pair.log_a->reports()->size() == 1);
  CHECK(store::forget_machine(owner, "a").has_value());
  CHECK(pair.log_a->reports()->empty());
}

TEST_CASE("a password in the connection string is in no message") {
  Pair pair;
  const std::string password = "kotori-no-himitsu";
  const std::vector<std::string> connections = {
      "postgresql://jpki:" + password + "@/%zz",
      "postgresql://jpki:" + password + "@[::1/postgres",
      "host=/nowhere password=" + password + " extra words",
      "host=/nowhere " + password,
      "host=/nowhere dbname=postgres password=" + password,
      // As the server quotes a name.
      pair.postgres.connection(password) + " password=" + password,
  };
  for (std::size_t i = 0; i < connections.size(); ++i) {
    CAPTURE(i);
    const std::string refusal = refusal_of(open(connections[i])->identity());
    CHECK(has(refusal, "cannot be reached"));
    // On one line, without the tabs of libpq.
    CHECK(std::ranges::none_of(refusal, [](char c) { return c == '\n' || c == '\t'; }));
    CHECK_FALSE(has(refusal, password));
    const std::string made = refusal_of(store::create_log(
        {.connection = connections[i], .patience = kPatience}, anchor(), pki::Rng::system()));
    CHECK_FALSE(made.empty());
    CHECK_FALSE(has(made, password));
  }
}

TEST_CASE("a row is appended once, in its place, in its epoch") {
  Pair pair;
  const auto epoch = pair.log_a->raise_epoch("a");
  REQUIRE(epoch.has_value());
  const store::LogRow row = first_row(pair.identity, *epoch);
  store::LogRow other = first_row(pair.identity, *epoch, 2), later = row, elsewhere = row;
  later.number = 2;
  elsewhere.previous.back() ^= 1;
  store::Epoch stranger = *epoch;
  stranger.id.back() ^= 1;
  CHECK(pair.log_a->append(later).outcome == AppendOutcome::deposed);
  CHECK(pair.log_a->append(elsewhere).outcome == AppendOutcome::deposed);
  CHECK(pair.log_a->append(first_row(pair.identity, stranger)).outcome == AppendOutcome::deposed);
  CHECK(pair.log_a->settle(row).outcome == AppendOutcome::appended);
  CHECK(pair.log_a->settle(row).outcome == AppendOutcome::appended);
  CHECK(pair.log_a->settle(other).outcome == AppendOutcome::deposed);
  CHECK(pair.log_a->append(other).outcome == AppendOutcome::deposed);
  const auto rows = pair.log_a->read_after(0, 10);
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 1);
  CHECK(rows->front() == row);
  CHECK(pair.log_a->read_after(1, 10).value().empty());
}

TEST_CASE("a server that does not answer in time leaves the outcome unknown") {
  Pair pair;
  const auto epoch = pair.log_a->raise_epoch("a");
  REQUIRE(epoch.has_value());
  const auto log = open(pair.postgres.connection(), 2s);
  while (log->identity().has_error())
    continue;
  Sql held(pair.postgres.connection());
  held("BEGIN");
  held("LOCK TABLE jpki_log");
  const store::LogRow row = first_row(pair.identity, *epoch);
  CHECK(log->append(row).outcome == AppendOutcome::unknown);
  CHECK(log->settle(row).outcome == AppendOutcome::unknown);
  held("COMMIT");
  // Both attempts may be carried out now; it is one row.
  CHECK(pair.log_a->settle(row).outcome == AppendOutcome::appended);
  CHECK(pair.log_a->read_after(0, 10).value().size() == 1);
}

TEST_CASE("a database that refuses a row has not stored it") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  pair.sql("ALTER TABLE jpki_log ADD CONSTRAINT full_disk CHECK (number < 2)");
  CHECK(pair.a.put(1).has_value());
  const auto refused = pair.a.put(2);
  CHECK(says(refused, "nothing was stored"));
  CHECK(has(refusal_of(refused), "full_disk"));
  CHECK(pair.a.writer->fault().has_value());
  pair.sql("ALTER TABLE jpki_log DROP CONSTRAINT full_disk");
  CHECK(pair.a.put(3).has_value());
  CHECK_FALSE(pair.a.writer->fault().has_value());
  CHECK_FALSE(pair.a.has(2));
  pair.check();
}

TEST_CASE("a wrong connection string, a database without a log and one of another instance are told apart") {
  Pair pair;
  CHECK(has(refusal_of(open("host=/nowhere dbname=postgres")->identity()), "cannot be reached"));
  CHECK(has(refusal_of(open("nonsense")->identity()), "cannot be reached"));
  CHECK(has(refusal_of(open(pair.postgres.connection() + " dbname=template1")->identity()), "has no log"));
  REQUIRE(pair.a.lead().has_value());
  REQUIRE(pair.a.put(1).has_value());
  // Another log in the same place, and a connection that knows which one it wants.
  const auto other = pair.postgres.make_log(anchor());
  CHECK(other.id != pair.identity.id);
  const auto mine = store::open_postgres_log(
      {.connection = pair.postgres.connection(), .log_id = pair.identity.id, .patience = kPatience},
      pki::Rng::system());
  CHECK(has(refusal_of(mine->identity()), "another instance"));
  const auto any = open(pair.postgres.connection());
  CHECK(has(refusal_of(store::LogView(*pair.a.environment, registry::kSchema).catch_up(*any)),
            "another instance"));
  CHECK(has(refusal_of(store::create_log({.connection = pair.postgres.connection(), .patience = kPatience},
                                         anchor(), pki::Rng::system())),
            "cannot be made"));
}

TEST_CASE("a database that would lose what it has acknowledged is not written to") {
  Pair pair;
  pair.postgres.set("fsync", "'off'");
  CHECK(has(refusal_of(pair.log_a->identity()), "fsync"));
  pair.postgres.set("fsync", "'on'");
  CHECK(pair.log_a->identity().has_value());
}

TEST_CASE(
    "a row changed by hand is noticed by every machine that has not read it, and by every one that has") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  for (std::uint64_t i = 1; i <= 2; ++i)
    REQUIRE(pair.a.put(i).has_value());
  REQUIRE(pair.b.catch_up().has_value());
  REQUIRE(pair.a.put(3).has_value());
  pair.sql(
      "UPDATE jpki_log SET for_views = set_byte(for_views, 40, 255 - get_byte(for_views, 40)) WHERE number = "
      "3");
  CHECK(has(refusal_of(pair.b.catch_up()), "row 3 of the log was changed"));
  CHECK(pair.b.position().number == 2);
  // One who also corrects the digests changes the hash that the next row names.
  pair.sql("UPDATE jpki_log SET hash = set_byte(hash, 0, 255 - get_byte(hash, 0)) WHERE number = 2");
  CHECK(has(refusal_of(pair.b.catch_up()), "row 2 of the log is not the one"));
}

TEST_CASE(
    "an authority's role appends and changes nothing, a view's reads its half and cannot read the other") {
  Pair pair;
  pair.sql("DROP ROLE IF EXISTS an_authority, a_view");
  pair.sql(
      "CREATE ROLE an_authority LOGIN IN ROLE jpki_authority; CREATE ROLE a_view LOGIN IN ROLE jpki_view");
  const auto log = open(pair.postgres.connection("an_authority"));
  LogMachine machine("c", *log);
  REQUIRE(machine.begin(pair.identity).has_value());
  REQUIRE(machine.lead().has_value());
  CHECK(machine.put(1).has_value());
  CHECK(machine.put(2).has_value());
  Sql authority(pair.postgres.connection("an_authority"));
  for (const char* const statement :
       {"UPDATE jpki_log SET writer = 'x'", "DELETE FROM jpki_log", "TRUNCATE jpki_log",
        "DROP TABLE jpki_log", "UPDATE jpki_instance SET id = id", "DELETE FROM jpki_epoch"}) {
    CAPTURE(statement);
    CHECK_THROWS(authority(statement));
  }

  Sql view(pair.postgres.connection("a_view"));
  // Not before the leader lets it in.
  CHECK(view("SELECT count(*) FROM (SELECT number FROM jpki_log) rows") == "0");
  pair.sql("INSERT INTO jpki_view_name VALUES ('a_view')");
  CHECK(view("SELECT octet_length(for_views) > 32 FROM jpki_log LIMIT 1") == "t");
  for (const char* const statement :
       {"SELECT for_authorities FROM jpki_log", "SELECT * FROM jpki_log",
        "SELECT 1 FROM jpki_log WHERE octet_length(for_authorities) > 0", "SELECT * FROM jpki_epoch",
        "UPDATE jpki_epoch SET number = 9", "INSERT INTO jpki_log (number) VALUES (9)",
        "DELETE FROM jpki_log", "SELECT pg_read_file('postgresql.conf')"}) {
    CAPTURE(statement);
    CHECK_THROWS(view(statement));
  }
  const auto view_log = open(pair.postgres.connection("a_view"), kPatience, store::Readers::views);
  LogMachine reader("view", *view_log);
  REQUIRE(reader.begin(pair.identity).has_value());
  CHECK(reader.catch_up().value() == 2);
  CHECK(reader.environment->read().count(registry::tables::status) == 1);
  CHECK(reader.environment->read().count(registry::tables::due) == 0);
  CHECK(reader.environment->read().count(store::tables::audit) == 0);
  // An authority's statements are refused it as a whole.
  CHECK(open(pair.postgres.connection("a_view"))->read_after(0, 1).has_error());
  CHECK(open(pair.postgres.connection("a_view"))->raise_epoch("view").has_error());
}

}  // namespace cluster::testing
