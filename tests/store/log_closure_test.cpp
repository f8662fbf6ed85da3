// A log that is closed, the one store that leaves it, and rows that were removed.

#include "store/log_closure.h"

#include "store/log_check.h"
#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"

namespace store::testing {

namespace {

const pki::Bytes kId(16, 9);

// Two machines of which the first leads, with three rows.
struct Pair {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = anchor_of_tests()}};
  FakeLog log_a{engine}, log_b{engine};
  LogMachine a{"a", log_a}, b{"b", log_b};

  Pair() {
    REQUIRE(a.begin(engine.identity).has_value());
    REQUIRE(b.begin(engine.identity).has_value());
    REQUIRE(a.lead().has_value());
    for (std::uint64_t i = 1; i <= 3; ++i)
      REQUIRE(a.put(i).has_value());
  }
  // What the command of the first machine does.
  void close() {
    LogExit(*a.environment).prepare(kId);
    REQUIRE(a.writer
                ->execute({.actor = {"test", 1, 0},
                           .action = "cluster export",
                           .run = [this](CommandContext& context) -> pki::Result<void> {
                             write_log_closure(context.transaction,
                                               {.machine = "a", .id = kId, .at = a.clock.now()});
                             return {};
                           }})
                .has_value());
    a.writer.reset();
  }
  pki::Result<LogChecked> checked(const LogMachine& machine) { return check_log(log_b, machine.position()); }
};

template <typename T>
std::string refusal(const pki::Result<T>& result) {
  return result.has_error() ? result.error().text() : "";
}

bool says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("nobody leads a log that is closed, and every machine learns it from the last row") {
  Pair pair;
  pair.close();
  CHECK(says(refusal(pair.b.lead()), "a has taken its store out of it"));
  CHECK(says(refusal(pair.a.lead()), "a has taken its store out of it"));
  CHECK(pair.b.position().number == 4);
  CHECK(read_log_closure(pair.b.environment->read()) ==
        LogClosure{.machine = "a", .id = kId, .at = pair.a.clock.now()});
  CHECK_FALSE(check_log_is_open(pair.b.environment->read()).has_value());
  // Also who never saw the row.
  REQUIRE(pair.log_b.close("a").has_value());
  CHECK(pair.log_b.status()->is_closed);
  CHECK(says(refusal(pair.log_b.raise_epoch("b")), "the log is closed"));
}

TEST_CASE("the store that has closed its log leaves it, and no other one can") {
  Pair pair;
  CHECK_FALSE(LogExit(*pair.a.environment).is_own_closure("a"));
  pair.close();
  REQUIRE(pair.b.catch_up().has_value());
  CHECK_FALSE(LogExit(*pair.b.environment).is_own_closure("a"));
  CHECK_FALSE(LogExit(*pair.b.environment).is_own_closure("b"));
  CHECK_FALSE(LogExit(*pair.a.environment).is_own_closure("b"));
  pair.a.restart();
  REQUIRE(LogExit(*pair.a.environment).is_own_closure("a"));
  CHECK_THROWS_AS(Writer(*pair.a.environment, pair.a.clock), pki::ErrorException);
  LogExit(*pair.a.environment).leave(pair.a.clock.now());
  const auto snapshot = pair.a.environment->read();
  CHECK_FALSE(read_log_position(snapshot).has_value());
  CHECK(check_log_is_open(snapshot).has_value());
  CHECK(left_log_at(snapshot) == pair.a.clock.now());
  // It is an ordinary store, with all that the log had.
  pair.a.writer = std::make_unique<Writer>(*pair.a.environment, pair.a.clock);
  REQUIRE(pair.a.put(4).has_value());
  for (std::uint64_t i = 1; i <= 4; ++i)
    CHECK(pair.a.has(i));
  CHECK(verify_audit(pair.a.environment->read()).has_value());
  CHECK(pair.engine.rows.size() == 4);
}

TEST_CASE("a store that has another closure's note is not the one that left") {
  Pair pair;
  pair.close();
  REQUIRE(pair.b.catch_up().has_value());
  LogExit(*pair.b.environment).prepare(pki::Bytes(16, 8));
  CHECK_FALSE(LogExit(*pair.b.environment).is_own_closure("a"));
  // The note is a store's own: it is in no row, and two stores with and without it say the same.
  CHECK(pair.a.digest() == pair.b.digest());
}

TEST_CASE("a closure that is damaged is never taken for an open log") {
  Pair pair;
  REQUIRE(pair.a.writer
              ->execute({.actor = {"test", 1, 0},
                         .action = "damage",
                         .run = [](CommandContext& context) -> pki::Result<void> {
                           context.transaction.put(tables::meta, pki::as_bytes("log_closure"),
                                                   pki::Bytes(7, 1));
                           return {};
                         }})
              .has_value());
  CHECK_THROWS_AS(static_cast<void>(check_log_is_open(pair.a.environment->read())), Corruption);
}

TEST_CASE("rows that are removed while the chain is read are no sign of a change, and missing ones are") {
  Pair pair;
  for (std::uint64_t i = 4; i <= 450; ++i)
    REQUIRE(pair.a.put(i).has_value());
  const LogPosition at = pair.a.position();
  // The identity, 100 rows, another 100, and then the log begins with row 301.
  const int reads = pair.log_b.calls();
  pair.log_b.hook = [&] {
    if (pair.log_b.calls() == reads + 4) pair.engine.removed = 300;
  };
  const auto checked = check_log(pair.log_b, at);
  REQUIRE(checked.has_value());
  CHECK(checked->first == 301);
  CHECK(checked->last == 450);
  pair.log_b.hook = nullptr;
  pair.engine.removed = 0;
  pair.engine.rows.erase(pair.engine.rows.begin() + 150);
  CHECK(says(refusal(check_log(pair.log_b, at)), "does not follow row"));
}

TEST_CASE("of a log without its first rows a store that lacks some says so, and one that has them goes on") {
  Pair pair;
  pair.engine.removed = 2;
  CHECK(says(refusal(pair.b.catch_up()), "the log begins with row 3, and this store is at row 0"));
  CHECK(says(refusal(pair.b.catch_up()), "Join again from a backup"));
  pair.engine.removed = 0;
  LogRow third = pair.engine.rows.back();
  pair.engine.rows.pop_back();
  REQUIRE(pair.b.catch_up().has_value());
  pair.engine.rows.push_back(third);
  // Its own row is gone, so that nothing proves that it is of this log's history.
  pair.engine.removed = 2;
  CHECK(says(refusal(pair.b.catch_up()), "the log begins with row 3, and this store is at row 2"));
  pair.engine.removed = 1;
  REQUIRE(pair.b.catch_up().has_value());
  CHECK(pair.b.digest() == pair.a.digest());
}

TEST_CASE("a log is whole, or the first row that is not is named") {
  Pair pair;
  const auto whole = pair.checked(pair.a);
  REQUIRE(whole.has_value());
  CHECK(whole->first == 1);
  CHECK(whole->last == 3);
  CHECK(whole->store_row == 3);
  CHECK(pair.checked(pair.b)->store_row == 0);
  pair.engine.removed = 2;
  CHECK(pair.checked(pair.a)->first == 3);
  CHECK(says(refusal(pair.checked(pair.b)), "the log begins with row 3"));
  pair.engine.removed = 0;

  const std::vector<LogRow> rows = pair.engine.rows;
  const auto broken = [&](const std::function<void(LogRow&)>& change) {
    pair.engine.rows = rows;
    change(pair.engine.rows[1]);
    std::string said = refusal(pair.checked(pair.b));
    pair.engine.rows = rows;
    return said;
  };
  CHECK(says(broken([](LogRow& row) { row.for_views.body->back() ^= 1; }), "row 2 of the log was changed"));
  CHECK(says(broken([](LogRow& row) {
               row.writer = "somebody";
               row.hash = hash_of(row);
             }),
             "row 3 of the log does not follow row 2"));
  CHECK(says(broken([](LogRow& row) {
               row.previous.front() ^= 1;
               row.hash = hash_of(row);
             }),
             "row 2 of the log does not follow row 1"));
  CHECK(says(broken([](LogRow& row) {
               row.epoch.number = 0;
               row.hash = hash_of(row);
             }),
             "row 2 of the log does not follow row 1"));
}

TEST_CASE("a store that is at another row of that number, or beyond the log, is no store of this log") {
  Pair pair;
  pair.engine.rows.back().writer = "somebody";
  pair.engine.rows.back().hash = hash_of(pair.engine.rows.back());
  CHECK(says(refusal(pair.checked(pair.a)), "row 3 of the log is not the one that this store has"));
  pair.engine.rows.pop_back();
  CHECK(says(refusal(pair.checked(pair.a)), "the database has lost rows"));
  pair.engine.identity.id.front() ^= 1;
  CHECK(says(refusal(pair.checked(pair.a)), "another instance"));
}

}  // namespace store::testing
