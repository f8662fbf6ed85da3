// The writer with a log: row first, store second, and every failure at every call.

#include "store/log_writer.h"

#include <sys/resource.h>

#include <csignal>
#include <future>

#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"

namespace store::testing {

namespace {

using namespace std::chrono_literals;

// Two machines with one log.
struct Pair {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = anchor_of_tests()}};
  FakeLog log_a{engine}, log_b{engine};
  LogMachine a{"a", log_a}, b{"b", log_b};

  Pair() {
    REQUIRE(a.begin(engine.identity).has_value());
    REQUIRE(b.begin(engine.identity).has_value());
  }
  void check() const {
    check_chain(engine.identity, engine.rows);
    a.check(engine.identity, engine.rows);
    b.check(engine.identity, engine.rows);
  }
};

bool says(const pki::Result<void>& result, std::string_view part) {
  return result.has_error() && result.error().text().find(part) != std::string::npos;
}
bool is_unknown(const pki::Result<void>& result) {
  return says(result, "same Idempotency-Key") && result.error().code == pki::Errc::outcome_unknown;
}
bool is_not_stored(const pki::Result<void>& result) {
  return says(result, "nothing was stored") && result.error().code == pki::Errc::too_busy;
}

constexpr std::array kFailures = {Failure::before, Failure::after, Failure::later, Failure::refused,
                                  Failure::thrown};
constexpr int kCallsMax = 24;

// A machine that does not lead any more tries to, as a restarted service does.
pki::Result<void> put_leading(LogMachine& machine, std::uint64_t number) {
  if (!machine.writer || machine.writer->fault()) {
    machine.restart();
    TRY(machine.lead());
  }
  return machine.put(number);
}

}  // namespace

TEST_CASE("a change is in the log before it is acknowledged, and every machine comes to the same store") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  for (std::uint64_t i = 1; i <= 5; ++i) {
    CHECK(pair.a.put(i).has_value());
    CHECK(pair.engine.rows.size() == i);
    CHECK(pair.b.catch_up().value() == i);
    CHECK(pair.b.digest() == pair.a.digest());
    pair.check();
  }
  CHECK(pair.engine.rows.front().writer == "a");
  CHECK(pair.engine.rows.front().time == support::kStart);
  CHECK(pair.engine.rows.front().schema == registry::kSchemaVersion);
}

TEST_CASE("whatever call fails in whatever way, what was acknowledged is there and what was refused is not") {
  for (const Failure failure : kFailures) {
    for (int n = 1; n <= kCallsMax; ++n) {
      for (const int count : {1, 2, 3}) {
        CAPTURE(static_cast<int>(failure));
        CAPTURE(n);
        CAPTURE(count);
        Pair pair;
        pair.log_a.fail_at(n, failure, count);
        std::map<std::uint64_t, pki::Result<void>> results;
        for (std::uint64_t i = 1; i <= 6; ++i) {
          results.emplace(i, put_leading(pair.a, i));
          pair.check();
        }
        pair.log_a.fail_at(0, failure, 0);
        REQUIRE(pair.b.lead().has_value());
        for (const auto& [i, result] : results) {
          CAPTURE(i);
          if (result.has_value()) CHECK(pair.b.has(i));
          if (is_not_stored(result)) CHECK_FALSE(pair.b.has(i));
        }
        // The old leader hears of the new one at its next change, and then agrees with it.
        if (pair.a.writer) CHECK(pair.a.put(7).has_error());
        pair.a.restart();
        REQUIRE(pair.a.catch_up().has_value());
        CHECK(pair.a.digest() == pair.b.digest());
        CHECK_FALSE(pair.b.has(7));
        pair.check();
      }
    }
  }
}

TEST_CASE("a change that is asked for until it is acknowledged happens once, whatever call fails") {
  for (const Failure failure : kFailures) {
    for (int n = 1; n <= kCallsMax; ++n) {
      CAPTURE(static_cast<int>(failure));
      CAPTURE(n);
      Pair pair;
      pair.log_a.fail_at(n, failure, 2);
      for (std::uint64_t i = 1; i <= 5; ++i) {
        int tries = 0;
        while (put_leading(pair.a, i).has_error())
          REQUIRE(++tries < 6);
        CHECK(pair.a.has(i));
      }
      REQUIRE(pair.b.lead().has_value());
      CHECK(pair.b.digest() == pair.a.digest());
      // One audit entry for each.
      CHECK(verify_audit(pair.b.environment->read()).value() == 5);
      pair.check();
    }
  }
}

TEST_CASE("a row whose store did not live to commit it is applied before anything else") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  REQUIRE(pair.a.put(1).has_value());
  // The row of 2 reaches the log; nobody is told, and the process ends.
  pair.log_a.fail_at(1, Failure::after, 2);
  CHECK(is_unknown(pair.a.put(2)));
  CHECK_FALSE(pair.a.has(2));
  CHECK(pair.engine.rows.size() == 2);
  pair.a.restart();
  CHECK_FALSE(pair.a.has(2));
  REQUIRE(pair.a.lead().has_value());
  CHECK(pair.a.has(2));
  CHECK(pair.a.put(3).has_value());
  pair.check();
}

TEST_CASE("until an unknown outcome is resolved nothing else is stored, and then both are") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  // Also the attempt to settle it that the next command makes.
  pair.log_a.fail_at(1, Failure::later, 3);
  CHECK(is_unknown(pair.a.put(1)));
  CHECK(pair.a.writer->fault().has_value());
  CHECK(is_not_stored(pair.a.put(2)));
  CHECK_FALSE(pair.a.has(1));
  CHECK(pair.a.put(3).has_value());
  CHECK_FALSE(pair.a.writer->fault().has_value());
  CHECK(pair.a.has(1));
  CHECK_FALSE(pair.a.has(2));
  CHECK(pair.a.has(3));
  pair.check();
}

TEST_CASE("an exception of the log after it has the row does not run the batch again") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  pair.log_a.fail_at(1, Failure::thrown);
  // The row is settled at once.
  CHECK(pair.a.put(1).has_value());
  CHECK(pair.engine.rows.size() == 1);
  // Here it is not: it cannot be, and then the log is away.
  pair.log_a.fail_at(1, Failure::thrown, 2);
  CHECK(is_unknown(pair.a.put(2)));
  CHECK(pair.engine.rows.size() == 2);
  CHECK_FALSE(pair.a.has(2));
  CHECK(pair.a.put(3).has_value());
  CHECK(pair.a.has(2));
  CHECK(pair.engine.rows.size() == 3);
  CHECK_FALSE(pair.a.writer->stepped_down().has_value());
  pair.check();
}

TEST_CASE("an unknown outcome is settled once for all commands that wait, not by each") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  pair.log_a.fail_at(1, Failure::later, 1000);
  CHECK(is_unknown(pair.a.put(1)));
  // The first command waits in its attempt to settle until the others are in the queue.
  constexpr int kCommands = 20;
  std::promise<void> entered, release;
  const int calls = pair.log_a.calls();
  pair.log_a.hook = [&] {
    if (pair.log_a.calls() != calls + 1) return;
    entered.set_value();
    release.get_future().wait();
  };
  std::vector<std::promise<pki::Result<void>>> results(kCommands);
  const auto submit = [&](std::uint64_t i) {
    pair.a.writer->submit({.actor = {"test", 1, 0}, .action = "put", .run = LogMachine::putting(i + 2)},
                          [&, i](pki::Result<void> result) { results[i].set_value(std::move(result)); });
  };
  submit(0);
  entered.get_future().wait();
  for (std::uint64_t i = 1; i < kCommands; ++i)
    submit(i);
  release.set_value();
  for (auto& result : results)
    CHECK(is_not_stored(result.get_future().get()));
  CHECK(pair.log_a.calls() == calls + 1);
  pair.log_a.hook = nullptr;
  pair.log_a.fail_at(0, Failure::later, 0);
  CHECK(pair.a.put(30).has_value());
  CHECK(pair.a.has(1));
  CHECK_FALSE(pair.a.has(2));
  pair.check();
}

TEST_CASE("a writer that leads no log does not write to a store that belongs to one") {
  Pair pair;
  CHECK_THROWS_AS(Writer(*pair.a.environment, pair.a.clock), pki::ErrorException);
}

TEST_CASE("what a settled row changed is announced before the next command runs") {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = anchor_of_tests()}};
  FakeLog log(engine);
  LogMachine machine("a", log);
  REQUIRE(machine.begin(engine.identity).has_value());
  auto leadership = take_over(*machine.environment, registry::kSchema, log, "a", pki::Rng::seeded(1));
  REQUIRE(leadership.has_value());
  std::vector<std::uint64_t> announced;
  machine.writer = std::make_unique<Writer>(*machine.environment, machine.clock, std::move(*leadership),
                                            WriterLimits{}, [&](const ReadTransaction& transaction) {
                                              announced.push_back(transaction.count(registry::tables::due));
                                            });
  log.fail_at(1, Failure::after, 2);
  CHECK(is_unknown(machine.put(1)));
  CHECK(announced.empty());
  CHECK(machine.put(2).has_value());
  machine.writer.reset();
  CHECK(announced == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a leader that was replaced stores nothing, says so and writes no more") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  REQUIRE(pair.a.put(1).has_value());
  REQUIRE(pair.b.lead().has_value());
  const auto digest = pair.a.digest();
  CHECK_FALSE(pair.a.writer->stepped_down().has_value());
  CHECK(is_not_stored(pair.a.put(2)));
  CHECK(pair.a.writer->fault().has_value());
  CHECK(pair.a.writer->stepped_down().has_value());
  const int calls = pair.log_a.calls();
  CHECK(is_not_stored(pair.a.put(3)));
  CHECK(pair.log_a.calls() == calls);
  CHECK(pair.a.digest() == digest);
  CHECK(pair.b.put(4).has_value());
  CHECK(pair.engine.rows.size() == 2);
  pair.check();
}

TEST_CASE("a leader that is slow to read the log does not lead once another has appended") {
  Pair pair;
  // b takes over and appends after a has raised its epoch and before it reads the rows.
  pair.log_a.hook = [&] {
    if (pair.log_a.calls() != 2) return;
    REQUIRE(pair.b.lead().has_value());
    REQUIRE(pair.b.put(1).has_value());
  };
  const auto led = pair.a.lead();
  CHECK(says(led, "b has taken over"));
  pair.log_a.hook = nullptr;
  CHECK(pair.a.catch_up().value() == 1);
  pair.check();
}

TEST_CASE("a store that cannot commit a row that is in the log hands over, and has it after a restart") {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = anchor_of_tests()}};
  FakeLog log(engine);
  LogMachine machine("a", log, Durability::full);
  REQUIRE(machine.begin(engine.identity).has_value());
  REQUIRE(machine.lead().has_value());
  REQUIRE(machine.put(1).has_value());
  // From the moment at which the row goes to the log no file may be written.
  struct rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  log.hook = [&] {
    const struct rlimit nothing{.rlim_cur = 0, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &nothing);
  };
  const auto result = machine.put(2);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  log.hook = nullptr;
  CHECK(is_unknown(result));
  CHECK(says(result, "not in this machine's store"));
  CHECK(engine.rows.size() == 2);
  CHECK(machine.writer->stepped_down().has_value());
  // The batch is not run again: it would be a third row.
  CHECK(is_not_stored(machine.put(3)));
  CHECK(engine.rows.size() == 2);
  machine.restart();
  CHECK_FALSE(machine.has(2));
  REQUIRE(machine.lead().has_value());
  CHECK(machine.has(2));
  machine.check(engine.identity, engine.rows);
}

TEST_CASE("a batch that is not stored answers its refusals as not stored, too") {
  Pair pair;
  REQUIRE(pair.a.lead({.batch_time = 10s}).has_value());
  std::promise<void> entered, release;
  std::promise<pki::Result<void>> first, second;
  pair.a.writer->submit({.actor = {"test", 1, 0},
                         .action = "put",
                         .run =
                             [&](CommandContext& context) {
                               entered.set_value();
                               release.get_future().wait();
                               return LogMachine::putting(1)(context);
                             }},
                        [&](pki::Result<void> result) { first.set_value(std::move(result)); });
  entered.get_future().wait();
  // "Already there" rests on the command before it.
  pair.a.writer->submit({.actor = {"test", 1, 0},
                         .action = "put",
                         .run = [](CommandContext& context) -> pki::Result<void> {
                           if (context.transaction.get(registry::tables::due, Key().u64(1)))
                             return pki::fail(pki::Errc::already_exists, "already there");
                           return {};
                         }},
                        [&](pki::Result<void> result) { second.set_value(std::move(result)); });
  pair.log_a.fail_at(1, Failure::refused);
  release.set_value();
  CHECK(is_not_stored(first.get_future().get()));
  CHECK(is_not_stored(second.get_future().get()));
  CHECK_FALSE(pair.a.has(1));
  pair.check();
}

TEST_CASE("refusals alone are no row, and an exception leaves the rows of the other commands") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  const Actor actor{"test", 1, 0};
  const CommandFunction refuse = [](CommandContext&) -> pki::Result<void> {
    return pki::fail(pki::Errc::conflict, "refused");
  };
  const CommandFunction fault = [](CommandContext& context) -> pki::Result<void> {
    context.transaction.put(registry::tables::due, Key().u64(9), Key().u64(9));
    throw std::runtime_error("a fault of ours");
  };
  CHECK(says(pair.a.writer->execute({.actor = actor, .action = "refuse", .run = refuse}), "refused"));
  CHECK(says(pair.a.writer->execute({.actor = actor, .action = "fault", .run = fault}), "a fault of ours"));
  CHECK(pair.engine.rows.empty());
  CHECK(pair.a.put(1).has_value());
  REQUIRE(pair.b.catch_up().has_value());
  CHECK_FALSE(pair.b.has(9));
  CHECK(pair.b.digest() == pair.a.digest());
  pair.check();
}

TEST_CASE(
    "a leader whose clock is a little behind dates its rows by the one before it, a wrong clock leads "
    "nowhere") {
  Pair pair;
  REQUIRE(pair.a.lead().has_value());
  REQUIRE(pair.a.put(1).has_value());
  pair.b.clock.advance(-5s);
  REQUIRE(pair.b.lead().has_value());
  CHECK(pair.b.put(2).has_value());
  CHECK(pair.engine.rows.back().time == support::kStart);
  pair.b.clock.advance(-1s);
  CHECK(says(pair.b.put(3), "correct the clock"));
  CHECK(pair.engine.rows.size() == 2);
  pair.check();
}

TEST_CASE("nothing is written beside the writer of a store that belongs to a log") {
  Pair pair;
  CHECK_THROWS_AS(static_cast<void>(begin_exclusive_write(*pair.a.environment)), pki::ErrorException);
  REQUIRE(pair.a.lead().has_value());
  CHECK_THROWS_AS(static_cast<void>(begin_exclusive_write(*pair.a.environment)), pki::ErrorException);
}

}  // namespace store::testing
