// A machine that leads a log: when it may answer, and when it must end. And one that stands by.

#include "service/leader.h"

#include <thread>
#include <vector>

#include "service/standby.h"
#include "service/standby_listeners.h"
#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"
#include "tests/support/route.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using store::testing::FakeEngine;
using store::testing::FakeLog;
using store::testing::LogMachine;

// A log with a machine whose service leads or stands by, and another.
struct World {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = store::testing::anchor_of_tests()}};
  FakeLog log{engine}, other_log{engine};
  LogMachine machine{"a", log}, other{"b", other_log};
  std::int64_t elapsed = 1'000'000;
  std::vector<std::chrono::milliseconds> waits;
  LogMember member{.rows = std::make_unique<FakeLog>(engine),
                   .lease = std::make_unique<FakeLog>(engine),
                   .grants = std::make_unique<FakeLog>(engine),
                   .inbox = std::make_unique<FakeLog>(engine),
                   .files = nullptr,
                   .machine = "a",
                   .elapsed = [this] { return elapsed; },
                   .wall = machine.clock,
                   .wait =
                       [this](std::chrono::milliseconds time) {
                         waits.push_back(time);
                         elapsed += time.count();
                       }};

  World() {
    engine.now = machine.clock.now();
    REQUIRE(machine.begin(engine.identity).has_value());
    REQUIRE(other.begin(engine.identity).has_value());
  }
  pki::Result<std::unique_ptr<Leader>> take_over() { return Leader::take_over(member, *machine.environment); }
  FakeLog& lease() { return static_cast<FakeLog&>(*member.lease); }
};

std::string text_of(const std::optional<pki::Message>& message) {
  return message ? message->in(pki::Language::en) : "";
}

bool says(const std::optional<pki::Message>& message, std::string_view words) {
  return text_of(message).find(words) != std::string::npos;
}

// In the round in which it looks who leads.
bool comes_to_lead(World& world, Standby& standby) {
  world.elapsed += Standby::kLooks.count();
  return standby.step() != nullptr;
}

Standby::MayLead always() {
  return [](const store::ReadTransaction&) { return pki::Result<void>{}; };
}

}  // namespace

TEST_CASE("a leader has every row of the log before it leads") {
  World world;
  REQUIRE(world.other.lead().has_value());
  REQUIRE(world.other.put(1).has_value());
  REQUIRE(world.other.put(2).has_value());
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  CHECK(world.machine.has(1));
  CHECK(world.machine.has(2));
  CHECK((*leader)->holds());
  store::Writer writer(*world.machine.environment, world.machine.clock, (*leader)->leadership());
  CHECK(
      writer.execute({.actor = {"test", 1, 0}, .action = "put", .run = LogMachine::putting(3)}).has_value());
  CHECK(world.engine.rows.size() == 3);
}

TEST_CASE("a leader answers nothing once its lease may have run out, and goes on when it is renewed") {
  World world;
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  world.elapsed += kAnswerTime.count() - 1;
  CHECK((*leader)->holds());
  CHECK_FALSE((*leader)->fault().has_value());
  world.elapsed += 1;
  CHECK_FALSE((*leader)->holds());
  CHECK(says((*leader)->fault(), "was not renewed in time"));
  world.lease().fail_at(1, store::testing::Failure::before);
  (*leader)->renew();
  CHECK_FALSE((*leader)->holds());
  CHECK(says((*leader)->fault(), "the log is away"));
  CHECK_FALSE((*leader)->replaced().has_value());
  (*leader)->renew();
  CHECK((*leader)->holds());
  CHECK_FALSE((*leader)->fault().has_value());
}

TEST_CASE("a renewal counts from before it was asked for") {
  World world;
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  world.lease().hook = [&] { world.elapsed += kAnswerTime.count(); };
  (*leader)->renew();
  world.lease().hook = nullptr;
  CHECK_FALSE((*leader)->holds());
}

TEST_CASE("a new leader waits until the one before can answer no more, whatever the wall clocks say") {
  World world;
  REQUIRE(world.other.lead().has_value());
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  CHECK(world.waits == std::vector{kQuietTime});
  CHECK(kQuietTime >= kAnswerTime + kAnswerTime / 4);
}

TEST_CASE("the first leader of a log waits for no one") {
  World world;
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  CHECK(world.waits.empty());
}

TEST_CASE("a machine whose clock is not the log's does not lead, and raises no epoch") {
  World world;
  world.engine.now = world.machine.clock.now() + pki::Seconds{6};
  const auto refused = world.take_over();
  REQUIRE(refused.has_error());
  CHECK(refused.error().text().find("does not lead") != std::string::npos);
  world.engine.now = world.machine.clock.now() - pki::Seconds{6};
  CHECK(world.take_over().has_error());
  CHECK(world.engine.epoch.number == 0);
  world.engine.now = world.machine.clock.now() - pki::Seconds{5};
  CHECK(world.take_over().has_value());
}

TEST_CASE("a leader that was replaced does not hold the lease any more, and never again") {
  World world;
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  REQUIRE(world.other.lead().has_value());
  (*leader)->renew();
  CHECK_FALSE((*leader)->holds());
  REQUIRE((*leader)->replaced().has_value());
  // Even if the engine lost the other's epoch.
  world.engine.epoch = {};
  (*leader)->renew();
  CHECK_FALSE((*leader)->holds());
}

TEST_CASE("a machine that is replaced while it waits does not lead") {
  World world;
  REQUIRE(world.other.lead().has_value());
  world.member.wait = [&](std::chrono::milliseconds) { REQUIRE(world.other.lead().has_value()); };
  const auto refused = world.take_over();
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
}

TEST_CASE("no machine leads a log that another leads, and who does not lead any more gives it back") {
  World world;
  world.engine.led_by = "b";
  const auto refused = world.take_over();
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  CHECK(refused.error().text().find("b leads") != std::string::npos);
  world.engine.led_by.clear();
  {
    const auto leader = world.take_over();
    REQUIRE(leader.has_value());
    world.engine.led_by = "a";
  }
  CHECK(world.engine.led_by.empty());
}

TEST_CASE("a leader says how far it is, no oftener than it should") {
  World world;
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  (*leader)->report();
  REQUIRE(world.engine.reports.size() == 1);
  CHECK(world.engine.reports.front().role == "leader");
  world.engine.reports.clear();
  (*leader)->report();
  CHECK(world.engine.reports.empty());
}

// `cluster trim` removes the rows that every machine says it has.
TEST_CASE("a leader says how far its store is, not how far the log is") {
  World world;
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  store::Writer writer(*world.machine.environment, world.machine.clock, (*leader)->leadership());
  REQUIRE(
      writer.execute({.actor = {"test", 1, 0}, .action = "put", .run = LogMachine::putting(1)}).has_value());
  // In the log, and not in the store: the disk was full, say.
  world.engine.rows.push_back(world.engine.rows.back());
  (*leader)->report();
  REQUIRE(world.engine.reports.size() == 1);
  CHECK(world.engine.reports.front().row == 1);
}

TEST_CASE("a machine that stands by follows the log, and leads when no other machine does") {
  World world;
  Standby standby(world.member, *world.machine.environment, always());
  REQUIRE(world.other.lead().has_value());
  REQUIRE(world.other.put(1).has_value());
  world.engine.led_by = "b";
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(world.machine.has(1));
  CHECK(standby.state().leader == "b");
  CHECK(standby.state().row == 1);
  CHECK_FALSE(standby.state().fault.has_value());
  REQUIRE(world.engine.reports.size() == 1);
  CHECK(world.engine.reports.front().role == "standby");
  REQUIRE(world.other.put(2).has_value());
  world.engine.led_by.clear();
  world.elapsed += Standby::kLooks.count();
  const auto leader = standby.step();
  REQUIRE(leader.get() != nullptr);
  CHECK(world.machine.has(2));
  CHECK(leader->holds());
}

TEST_CASE("a machine that stands by says what keeps it from following, and goes on when that is over") {
  World world;
  Standby standby(world.member, *world.machine.environment, always());
  auto& rows = static_cast<FakeLog&>(*world.member.rows);
  rows.fail_at(1, store::testing::Failure::before);
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(says(standby.state().fault, "the log is away"));
  CHECK(comes_to_lead(world, standby));
}

TEST_CASE("a machine that lacks a key follows, and does not lead") {
  World world;
  Standby standby(world.member, *world.machine.environment, [](const store::ReadTransaction&) {
    return pki::Result<void>(pki::fail(pki::Errc::not_found, "there is no key"));
  });
  REQUIRE(world.other.lead().has_value());
  REQUIRE(world.other.put(1).has_value());
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(world.machine.has(1));
  CHECK(says(standby.state().fault, "there is no key"));
  CHECK(world.engine.epoch.number == 1);
}

TEST_CASE("a machine whose store differs from the log does not lead") {
  World world;
  REQUIRE(world.machine.lead().has_value());
  REQUIRE(world.machine.put(1).has_value());
  world.machine.writer.reset();
  // The database has lost the row, and another machine wrote one in its place.
  world.engine.rows.clear();
  REQUIRE(world.other.lead().has_value());
  REQUIRE(world.other.put(7).has_value());
  Standby standby(world.member, *world.machine.environment, always());
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(says(standby.state().fault, "differ"));
  CHECK(world.engine.epoch.number == 2);
}

TEST_CASE("a machine that stands by says nothing of any status, and where the leader is") {
  World world;
  Standby standby(world.member, *world.machine.environment, always());
  world.engine.led_by = "b";
  CHECK_FALSE(comes_to_lead(world, standby));
  http::Router verifiers, operators, ops;
  mount_standby_for_verifiers(verifiers, standby);
  mount_standby_for_operators(operators, standby);
  mount_standby_ops(ops, standby, nullptr);
  // tryLater: OCSPResponse { responseStatus 3 }.
  const pki::Bytes try_later = {0x30, 0x03, 0x0A, 0x01, 0x03};
  for (const char* path :
       {"/ocsp/sign", "/ocsp/auth", "/ocsp/auth/pinless", "/ocsp/auth/MEkwRw", "//ocsp/sign"}) {
    CAPTURE(path);
    const http::Response answer = support::call_route(verifiers, http::make_request(http::Method::get, path));
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "application/ocsp-response");
    CHECK(std::get<pki::Bytes>(answer.body) == try_later);
  }
  for (const char* path : {"/crl/sign-1/full.crl", "/notices", "/verifier/v1/x", "/"}) {
    CAPTURE(path);
    CHECK(support::call_route(verifiers, http::make_request(http::Method::get, path)).status == 503);
  }
  CHECK(support::call_route(verifiers, http::make_request(http::Method::head, "/ocsp/sign/x")).status == 503);
  const http::Response refused =
      support::call_route(operators, http::make_request(http::Method::post, "/v1/events"));
  CHECK(refused.status == 502);
  CHECK(pki::as_text(std::get<pki::Bytes>(refused.body)).find("b leads") != std::string::npos);
  const http::Response ready = support::call_route(ops, http::make_request(http::Method::get, "/readyz"));
  CHECK(ready.status == 503);
  CHECK(pki::as_text(std::get<pki::Bytes>(ready.body)).find("\"role\":\"standby\"") != std::string::npos);
}

TEST_CASE("a machine that stands by holds a lease from before its request, and asks for another in time") {
  World world;
  Standby standby(world.member, *world.machine.environment, always());
  REQUIRE(world.other.lead().has_value());
  world.engine.led_by = "b";
  store::ReadLeases leases({.elapsed = [&] { return world.elapsed; }}, world.other.position());
  const auto grant = [&] { REQUIRE(leases.step(world.other_log, world.other.epoch).has_value()); };
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK_FALSE(standby.holds_lease());
  const std::int64_t asked_at = world.elapsed;
  grant();
  // The answer comes late: what counts is when it was asked for.
  world.elapsed += 300;
  CHECK(standby.step() == nullptr);
  CHECK(standby.holds_lease());
  world.elapsed = asked_at + store::kReadLeaseMax.count() - 1;
  CHECK(standby.holds_lease());
  world.elapsed += 1;
  CHECK_FALSE(standby.holds_lease());
  // The next request, whose age is that of a request that was just made.
  CHECK_FALSE(comes_to_lead(world, standby));
  grant();
  CHECK(standby.step() == nullptr);
  CHECK(standby.holds_lease());
}

TEST_CASE("a machine renews by the length that it was granted, whatever its own setting is") {
  World world;
  Standby standby(world.member, *world.machine.environment, always());
  REQUIRE(world.other.lead().has_value());
  world.engine.led_by = "b";
  store::ReadLeases leases(
      {.length = std::chrono::milliseconds{500}, .elapsed = [&] { return world.elapsed; }},
      world.other.position());
  const auto round = [&] {
    REQUIRE(standby.step() == nullptr);
    REQUIRE(leases.step(world.other_log, world.other.epoch).has_value());
  };
  round();
  round();
  REQUIRE(standby.holds_lease());
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    world.elapsed += 100;
    round();
    round();
    CHECK(standby.holds_lease());
  }
}

TEST_CASE(
    "of two machines with one name, one that held a lease says so and answers nothing while that is so") {
  World world;
  REQUIRE(world.other.lead().has_value());
  world.engine.led_by = "b";
  store::ReadLeases leases({.elapsed = [&] { return world.elapsed; }}, world.other.position());
  const auto grant = [&] { REQUIRE(leases.step(world.other_log, world.other.epoch).has_value()); };
  Standby standby(world.member, *world.machine.environment, always());
  CHECK_FALSE(comes_to_lead(world, standby));
  grant();
  CHECK(standby.step() == nullptr);
  REQUIRE(standby.holds_lease());
  FakeLog twin(world.engine);
  const store::LogPosition at = world.machine.position();
  REQUIRE(
      twin.request_lease(
              {.machine = "a", .process = pki::Bytes(16, 3), .number = 1, .row = at.number, .hash = at.hash})
          .has_value());
  grant();
  world.elapsed += store::kReadLeaseMax.count() / 4;
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(says(standby.state().fault, "another process asks for leases as a"));
  // The other one ends.
  grant();
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(standby.step() == nullptr);
  CHECK(standby.holds_lease());
  CHECK_FALSE(standby.state().fault.has_value());
}

TEST_CASE("a machine that starts again has no lease, though its name was granted one") {
  World world;
  REQUIRE(world.other.lead().has_value());
  world.engine.led_by = "b";
  store::ReadLeases leases({.elapsed = [&] { return world.elapsed; }}, world.other.position());
  {
    Standby standby(world.member, *world.machine.environment, always());
    CHECK_FALSE(comes_to_lead(world, standby));
    REQUIRE(leases.step(world.other_log, world.other.epoch).has_value());
    CHECK(standby.step() == nullptr);
    REQUIRE(standby.holds_lease());
  }
  Standby again(world.member, *world.machine.environment, always());
  CHECK_FALSE(comes_to_lead(world, again));
  CHECK_FALSE(again.holds_lease());
}

TEST_CASE("a machine whose store differs from the log, or whose clock is wrong, answers nothing any more") {
  for (const bool is_clock : {false, true}) {
    World world;
    REQUIRE(world.other.lead().has_value());
    REQUIRE(world.other.put(1).has_value());
    world.engine.led_by = "b";
    store::ReadLeases leases({.elapsed = [&] { return world.elapsed; }}, world.other.position());
    Standby standby(world.member, *world.machine.environment, always());
    CHECK_FALSE(comes_to_lead(world, standby));
    REQUIRE(leases.step(world.other_log, world.other.epoch).has_value());
    CHECK(standby.step() == nullptr);
    REQUIRE(standby.holds_lease());
    if (is_clock)
      world.engine.now = world.machine.clock.now() + pki::Seconds{6};
    else
      world.engine.rows.back().hash.front() ^= 1U;
    CHECK_FALSE(comes_to_lead(world, standby));
    CHECK_FALSE(standby.holds_lease());
    CHECK(standby.state().fault.has_value());
    CHECK(standby.step() == nullptr);
    CHECK_FALSE(standby.holds_lease());
  }
}

TEST_CASE("a machine whose log cannot be reached answers until its lease has run out") {
  World world;
  REQUIRE(world.other.lead().has_value());
  world.engine.led_by = "b";
  store::ReadLeases leases({.elapsed = [&] { return world.elapsed; }}, world.other.position());
  Standby standby(world.member, *world.machine.environment, always());
  CHECK_FALSE(comes_to_lead(world, standby));
  REQUIRE(leases.step(world.other_log, world.other.epoch).has_value());
  CHECK(standby.step() == nullptr);
  static_cast<FakeLog&>(*world.member.rows).fail_at(1, store::testing::Failure::before, 100);
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(standby.holds_lease());
  world.elapsed += store::kReadLeaseMax.count();
  CHECK_FALSE(standby.holds_lease());
}

TEST_CASE("what must be in use is, before the leader hears that a machine has a row") {
  World world;
  REQUIRE(world.other.lead().has_value());
  world.engine.led_by = "b";
  std::uint64_t told = 0;
  Standby standby(world.member, *world.machine.environment, always(), [&](const store::ReadTransaction& now) {
    CHECK(world.engine.lease_requests["a"].row <= store::read_log_position(now)->number);
    told = store::read_log_position(now)->number;
  });
  CHECK_FALSE(comes_to_lead(world, standby));
  REQUIRE(world.other.put(1).has_value());
  CHECK(standby.step() == nullptr);
  CHECK(told == 1);
  CHECK(world.engine.lease_requests["a"].row == 1);
}

TEST_CASE("what a snapshot shows is told when it is acknowledged, and not by who leads no more") {
  World world;
  const auto leader = world.take_over();
  REQUIRE(leader.has_value());
  store::Writer writer(*world.machine.environment, world.machine.clock, (*leader)->leadership());
  CHECK(
      writer.execute({.actor = {"test", 1, 0}, .action = "put", .run = LogMachine::putting(1)}).has_value());
  CHECK((*leader)->wait_for_acknowledgement(*world.machine.environment).has_value());
  // Another machine may answer from before the next row.
  const auto at = world.other.catch_up();
  REQUIRE(at.has_value());
  const auto other = world.other.position();
  REQUIRE(world.other_log
              .request_lease({.machine = "b",
                              .process = pki::Bytes(16, 7),
                              .number = 1,
                              .row = other.number,
                              .hash = other.hash})
              .has_value());
  (*leader)->serve_leases();
  REQUIRE(world.engine.lease_grants["b"].number == 1);
  bool is_heard = false;
  writer.submit({.actor = {"test", 1, 0}, .action = "put", .run = LogMachine::putting(2)},
                [&](const pki::Result<void>& result) { is_heard = result.has_error(); });
  while (writer.backlog() > 0)
    std::this_thread::yield();
  CHECK_FALSE(is_heard);
  REQUIRE(world.other.lead().has_value());
  (*leader)->renew();
  REQUIRE((*leader)->replaced().has_value());
  CHECK(is_heard);
  CHECK((*leader)->wait_for_acknowledgement(*world.machine.environment).has_error());
}

TEST_CASE("a store that belongs to no log leads none") {
  World world;
  FakeLog log(world.engine);
  LogMachine alone("alone", log);
  Standby standby(world.member, *alone.environment, always());
  CHECK_FALSE(comes_to_lead(world, standby));
  CHECK(world.engine.epoch.number == 0);
}

}  // namespace service
