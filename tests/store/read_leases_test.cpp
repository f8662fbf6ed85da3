// What a leader grants and when it acknowledges: a row waits for the machines that may answer, and for no
// others.

#include "store/read_leases.h"

#include <atomic>
#include <future>
#include <thread>

#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"

namespace store::testing {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kLength = 2'000, kCounted = 2'500;

// A leader `a`, a machine `b` that asks for leases by hand, and the time of the leader's leases.
struct World {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = anchor_of_tests()}};
  FakeLog log_a{engine}, log_b{engine}, grants{engine};
  std::atomic<std::int64_t> now = 1'000'000;
  LogMachine a{"a", log_a}, b{"b", log_b};
  std::uint64_t requests = 0;
  pki::Bytes process = pki::Bytes(16, 7);

  explicit World(Acknowledge acknowledge = Acknowledge::views) {
    REQUIRE(a.begin(engine.identity).has_value());
    REQUIRE(b.begin(engine.identity).has_value());
    a.lease_options = {.acknowledge = acknowledge,
                       .length = std::chrono::milliseconds{kLength},
                       .elapsed = [this] { return now.load(); }};
    REQUIRE(a.lead().has_value());
  }
  ~World() { a.leases->end(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  // A change, and what its caller hears.
  std::future<pki::Result<void>> begin(CommandFunction run) {
    auto heard = std::make_shared<std::promise<pki::Result<void>>>();
    auto future = heard->get_future();
    a.writer->submit({.actor = {"test", 1, 0}, .action = "put", .run = std::move(run)},
                     [heard](pki::Result<void> result) { heard->set_value(std::move(result)); });
    while (a.writer->backlog() > 0)
      std::this_thread::yield();
    return future;
  }
  std::future<pki::Result<void>> put(std::uint64_t number) { return begin(LogMachine::putting(number)); }
  void step() { REQUIRE(a.leases->step(grants, a.epoch).has_value()); }
  // b asks for a lease, with its store as it is, or says how far it is.
  void ask() {
    ++requests;
    say();
  }
  void say() {
    const LogPosition at = b.position();
    REQUIRE(
        log_b
            .request_lease(
                {.machine = "b", .process = process, .number = requests, .row = at.number, .hash = at.hash})
            .has_value());
  }
  bool is_granted() const {
    const auto grant = engine.lease_grants.find("b");
    return grant != engine.lease_grants.end() && grant->second.process == process &&
           grant->second.number == requests;
  }
};

bool is_heard(const std::future<pki::Result<void>>& future) {
  return future.wait_for(0s) == std::future_status::ready;
}

}  // namespace

TEST_CASE("without a machine that may answer, a change is acknowledged at once") {
  World world;
  auto heard = world.put(1);
  REQUIRE(is_heard(heard));
  CHECK(heard.get().has_value());
}

TEST_CASE("a change is acknowledged when each machine with a lease has it, and not before") {
  World world;
  world.ask();
  world.step();
  REQUIRE(world.is_granted());
  auto heard = world.put(1);
  auto next = world.put(2);
  CHECK(world.engine.rows.size() == 2);
  for (int i = 0; i < 3; ++i)
    world.step();
  CHECK_FALSE(is_heard(heard));
  CHECK(world.a.leases->waiting_rows() == 2);
  REQUIRE(world.b.catch_up().has_value());
  world.say();
  CHECK_FALSE(is_heard(heard));
  world.step();
  REQUIRE(is_heard(heard));
  CHECK(heard.get().has_value());
  CHECK(next.get().has_value());
}

TEST_CASE("a change waits for a silent machine until its lease has run out, by the leader's longer count") {
  World world;
  world.ask();
  world.step();
  REQUIRE(world.is_granted());
  auto heard = world.put(1);
  world.now += kCounted;
  world.step();
  CHECK_FALSE(is_heard(heard));
  world.now += 1;
  world.step();
  CHECK(is_heard(heard));
  CHECK(world.a.leases->holders() == 0);
}

TEST_CASE("leases run out also while the log is away") {
  World world;
  world.ask();
  world.step();
  auto heard = world.put(1);
  world.grants.fail_at(1, Failure::before, 2);
  CHECK(world.a.leases->step(world.grants, world.a.epoch).has_error());
  CHECK_FALSE(is_heard(heard));
  world.now += kCounted + 1;
  CHECK(world.a.leases->step(world.grants, world.a.epoch).has_error());
  CHECK(is_heard(heard));
}

TEST_CASE("a refusal that may tell of a change waits for the change") {
  World world;
  world.ask();
  world.step();
  auto heard = world.put(1);
  auto refused = world.begin([](CommandContext&) -> pki::Result<void> {
    return pki::fail(pki::Errc::already_exists, "it is recorded already");
  });
  world.step();
  CHECK_FALSE(is_heard(refused));
  REQUIRE(world.b.catch_up().has_value());
  world.say();
  world.step();
  CHECK(is_heard(heard));
  REQUIRE(is_heard(refused));
  CHECK(refused.get().error().code == pki::Errc::already_exists);
}

TEST_CASE(
    "while rows follow one another closely, a machine that is a little late gets a lease all the same") {
  World world;
  CHECK(world.put(1).get().has_value());
  // Its request says that it has no row yet.
  world.ask();
  world.step();
  REQUIRE_FALSE(world.is_granted());
  auto next = world.put(2);
  CHECK_FALSE(is_heard(next));
  // What it says when it has come to the row that was the last one then.
  REQUIRE(world.b.catch_up().has_value());
  auto third = world.put(3);
  world.say();
  world.step();
  CHECK(world.is_granted());
  REQUIRE(is_heard(next));
  CHECK_FALSE(is_heard(third));
  REQUIRE(world.b.catch_up().has_value());
  world.say();
  world.step();
  CHECK(is_heard(third));
}

TEST_CASE(
    "a machine that asks and never comes keeps acknowledgements waiting once in a lease, for a moment") {
  World world;
  CHECK(world.put(1).get().has_value());
  world.ask();
  world.step();
  auto next = world.put(2);
  CHECK_FALSE(is_heard(next));
  world.now += 100;
  world.step();
  CHECK(is_heard(next));
  for (std::uint64_t i = 3; i < 10; ++i) {
    CAPTURE(i);
    world.now += 100;
    world.ask();
    world.step();
    CHECK(is_heard(world.put(i)));
  }
  // One that is far behind is not waited for.
  World other;
  for (std::uint64_t i = 1; i <= 300; ++i)
    CHECK(other.put(i).get().has_value());
  other.ask();
  other.step();
  CHECK(is_heard(other.put(301)));
}

TEST_CASE("no lease is granted to a machine behind the last acknowledged row, nor to one with other rows") {
  World world;
  CHECK(world.put(1).get().has_value());
  world.ask();
  world.step();
  CHECK_FALSE(world.is_granted());
  // Another truth of the same length.
  LeaseRequest other{.machine = "b",
                     .process = world.process,
                     .number = ++world.requests,
                     .row = 1,
                     .hash = pki::Bytes(32, 9)};
  REQUIRE(world.log_b.request_lease(other).has_value());
  world.step();
  CHECK_FALSE(world.is_granted());
  other.number = ++world.requests;
  other.row = 7;
  REQUIRE(world.log_b.request_lease(other).has_value());
  world.step();
  CHECK_FALSE(world.is_granted());
  REQUIRE(world.b.catch_up().has_value());
  world.ask();
  world.step();
  CHECK(world.is_granted());
}

TEST_CASE("a machine that has kept a row waiting for a whole lease gets no other until it has the row") {
  World world;
  world.ask();
  world.step();
  auto heard = world.put(1);
  world.now += kLength - 1;
  world.ask();
  world.step();
  // It may be about to have the row.
  CHECK(world.is_granted());
  world.now += 1;
  world.ask();
  world.step();
  CHECK_FALSE(world.is_granted());
  world.now += kCounted;
  world.step();
  CHECK(is_heard(heard));
  world.ask();
  world.step();
  CHECK_FALSE(world.is_granted());
  REQUIRE(world.b.catch_up().has_value());
  world.ask();
  world.step();
  CHECK(world.is_granted());
}

TEST_CASE("an old request is granted no more, so that a machine that is gone keeps nothing waiting") {
  World world;
  world.ask();
  world.engine.lease_requests["b"].age = std::chrono::milliseconds{kLength / 2 + 1};
  world.step();
  CHECK_FALSE(world.is_granted());
  CHECK(world.a.leases->holders() == 0);
}

TEST_CASE("a grant answers one request of one process") {
  World world;
  world.ask();
  world.grants.hook = [&, calls = 0]() mutable {
    // Between the leader's look and its grant the machine has started again.
    if (++calls == 2) {
      world.process = pki::Bytes(16, 8);
      world.say();
    }
  };
  world.step();
  world.grants.hook = nullptr;
  CHECK_FALSE(world.is_granted());
}

TEST_CASE("both processes of a name are waited for") {
  World world;
  world.ask();
  world.step();
  REQUIRE(world.is_granted());
  auto heard = world.put(1);
  REQUIRE(world.b.catch_up().has_value());
  world.process = pki::Bytes(16, 8);
  world.ask();
  world.step();
  REQUIRE(world.is_granted());
  // The other one may answer from before the row.
  CHECK_FALSE(is_heard(heard));
  world.now += kCounted + 1;
  world.step();
  CHECK(is_heard(heard));
}

TEST_CASE("a grant of which it is not known whether it was made counts as made") {
  for (const Failure failure : {Failure::before, Failure::after}) {
    World world;
    world.ask();
    world.grants.fail_at(2, failure);
    world.step();
    CHECK(world.is_granted() == (failure == Failure::after));
    auto heard = world.put(1);
    world.step();
    CHECK_FALSE(is_heard(heard));
    world.now += kCounted + 1;
    world.step();
    CHECK(is_heard(heard));
  }
}

TEST_CASE("nothing is acknowledged while a grant is under way") {
  World world;
  std::future<pki::Result<void>> heard;
  world.ask();
  world.grants.hook = [&, calls = 0]() mutable {
    if (++calls != 2) return;
    heard = world.put(1);
    CHECK_FALSE(is_heard(heard));
  };
  world.step();
  world.grants.hook = nullptr;
  CHECK(world.is_granted());
  CHECK_FALSE(is_heard(heard));
  REQUIRE(world.b.catch_up().has_value());
  world.say();
  world.step();
  CHECK(is_heard(heard));
}

TEST_CASE("a leader that was deposed grants nothing") {
  World world;
  REQUIRE(world.b.lead().has_value());
  world.ask();
  world.step();
  CHECK_FALSE(world.is_granted());
}

TEST_CASE(
    "who stops leading before the acknowledgement does not say that a change was made, nor what it knows") {
  World world;
  world.ask();
  world.step();
  auto heard = world.put(1);
  auto refused = world.begin([](CommandContext&) -> pki::Result<void> {
    return pki::fail(pki::Errc::already_exists, "it is recorded already");
  });
  world.a.leases->end();
  REQUIRE(is_heard(heard));
  CHECK(heard.get().error().code == pki::Errc::outcome_unknown);
  CHECK(refused.get().error().code == pki::Errc::too_busy);
  CHECK_FALSE(world.a.leases->wait_for(1));
  auto late = world.put(2);
  REQUIRE(is_heard(late));
  CHECK(late.get().error().code == pki::Errc::outcome_unknown);
}

TEST_CASE("with acknowledge = log a change is acknowledged when it is in the log") {
  World world(Acknowledge::log);
  world.ask();
  world.step();
  REQUIRE(world.is_granted());
  auto heard = world.put(1);
  REQUIRE(is_heard(heard));
  CHECK(heard.get().has_value());
  // A lease is for who has everything all the same.
  world.ask();
  world.step();
  CHECK_FALSE(world.is_granted());
}

TEST_CASE("a settled row is acknowledged like any other") {
  World world;
  world.ask();
  world.step();
  world.log_a.fail_at(1, Failure::after, 2);
  auto unknown = world.put(1);
  REQUIRE(is_heard(unknown));
  CHECK(unknown.get().error().code == pki::Errc::outcome_unknown);
  auto heard = world.put(2);
  world.step();
  CHECK_FALSE(is_heard(heard));
  REQUIRE(world.b.catch_up().has_value());
  CHECK(world.b.has(1));
  world.say();
  world.step();
  REQUIRE(is_heard(heard));
  CHECK(heard.get().has_value());
}

}  // namespace store::testing
