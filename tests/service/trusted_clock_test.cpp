// The wall clock against elapsed time and the store's last write: what is believed, what is carried, what
// ends a doubt.

#include "service/trusted_clock.h"

#include <doctest/doctest.h>

#include "tests/support/clock.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using support::kStart;

constexpr pki::Seconds kYears3{std::chrono::days{1096}};

// A machine: time passes on both clocks, and somebody may set the wall clock.
struct Machine {
  support::SettableClock wall;
  std::int64_t elapsed = 5'000'000;

  void pass(pki::Seconds time) {
    wall.advance(time);
    elapsed += time.count() * 1000;
  }
  void set_ahead(pki::Seconds step) { wall.advance(step); }
  [[nodiscard]] TrustedClock clock(std::optional<pki::Time> last_write = kStart) {
    return TrustedClock(wall, [this] { return elapsed; }, {}, last_write);
  }
};

}  // namespace

TEST_CASE("as long as the wall clock runs as time passes, or is corrected by little, it is followed") {
  Machine machine;
  const TrustedClock clock = machine.clock();
  CHECK(clock.now() == kStart);
  machine.pass(3h);
  CHECK(clock.now() == kStart + 3h);
  machine.set_ahead(2min);
  CHECK(clock.now() == kStart + 3h + 2min);
  machine.pass(30 * 24h);
  CHECK(clock.now() == machine.wall.now());
  CHECK_FALSE(clock.doubt().has_value());
  CHECK(clock.is_known());
}

TEST_CASE("a machine that slept has no doubt: elapsed time went on") {
  Machine machine;
  const TrustedClock clock = machine.clock();
  machine.pass(60 * 24h);
  CHECK_FALSE(clock.doubt().has_value());
  CHECK(clock.now() == kStart + 60 * 24h);
}

TEST_CASE("a leap ahead is not followed, the trusted time goes on, and the way back ends the doubt") {
  for (const pki::Seconds leap : {kYears3, pki::Seconds{45 * 24h}, pki::Seconds{11min}}) {
    CAPTURE(leap.count());
    Machine machine;
    const TrustedClock clock = machine.clock();
    machine.pass(1h);
    machine.set_ahead(leap);
    CHECK(clock.now() == kStart + 1h);
    machine.pass(8s);
    CHECK(clock.now() == kStart + 1h + 8s);
    CHECK(clock.now_milliseconds() == pki::to_unix(kStart + 1h + 8s) * 1000);
    const auto doubt = clock.doubt();
    REQUIRE(doubt.has_value());
    CHECK(doubt->wall == machine.wall.now());
    CHECK(doubt->trusted == kStart + 1h + 8s);
    CHECK(doubt->is_carried);
    CHECK(doubt->describe().in(pki::Language::en).find("jpki clock accept") != std::string::npos);
    CHECK(clock.is_known());
    machine.set_ahead(-leap);
    CHECK_FALSE(clock.doubt().has_value());
    CHECK(clock.now() == kStart + 1h + 8s);
    machine.pass(1min);
    CHECK(clock.now() == kStart + 1h + 1min + 8s);
  }
}

TEST_CASE("steps ahead add up over a day") {
  Machine machine;
  const TrustedClock clock = machine.clock();
  machine.set_ahead(6min);
  CHECK(clock.now() == kStart + 6min);
  machine.pass(5h);
  machine.set_ahead(6min);
  CHECK(clock.now() == kStart + 5h + 6min);
  CHECK(clock.doubt().has_value());
  machine.set_ahead(-6min);
  CHECK_FALSE(clock.doubt().has_value());
  machine.pass(30h);
  CHECK(clock.now() == machine.wall.now());
  machine.set_ahead(6min);
  CHECK_FALSE(clock.doubt().has_value());
  machine.pass(20h);
  machine.set_ahead(6min);
  CHECK(clock.doubt().has_value());
}

// Else a bad source could hold the service's time for as long as it likes, and nothing would end by time.
TEST_CASE("steps back add up over a day") {
  Machine machine;
  const TrustedClock clock = machine.clock();
  machine.pass(1h);
  CHECK(clock.now() == kStart + 1h);
  machine.set_ahead(-9min);
  CHECK(clock.now() == kStart + 1h);
  CHECK_FALSE(clock.doubt().has_value());
  CHECK(clock.wall_now() == kStart + 51min);
  machine.pass(1min);
  machine.set_ahead(-9min);
  CHECK(clock.doubt().has_value());
  machine.pass(20min);
  // In doubt the time that passes counts.
  CHECK(clock.now() == kStart + 1h + 12min);
  machine.set_ahead(18min);
  CHECK_FALSE(clock.doubt().has_value());
  CHECK(clock.now() == machine.wall.now());
}

TEST_CASE("a small step back holds the time still, a large one is a doubt that ends with the way forward") {
  Machine machine;
  const TrustedClock clock = machine.clock();
  machine.pass(1h);
  CHECK(clock.now() == kStart + 1h);
  machine.set_ahead(-5min);
  CHECK(clock.now() == kStart + 1h);
  machine.pass(4min);
  CHECK(clock.now() == kStart + 1h);
  machine.pass(2min);
  CHECK(clock.now() == kStart + 1h + 1min);
  machine.set_ahead(-2h);
  machine.pass(3min);
  CHECK(clock.now() == kStart + 1h + 4min);
  CHECK(clock.doubt().has_value());
  machine.set_ahead(2h);
  CHECK_FALSE(clock.doubt().has_value());
}

TEST_CASE(
    "at start the last write is the measure: a day later is believed, more is not, and nothing carries it") {
  Machine machine;
  machine.set_ahead(23h);
  CHECK(machine.clock().now() == kStart + 23h);
  CHECK_FALSE(machine.clock().doubt().has_value());
  machine.set_ahead(2h);
  const TrustedClock clock = machine.clock();
  CHECK_FALSE(clock.is_known());
  const auto doubt = clock.doubt();
  REQUIRE(doubt.has_value());
  CHECK_FALSE(doubt->is_carried);
  CHECK(doubt->describe().in(pki::Language::en).find("tryLater") != std::string::npos);
  machine.pass(10s);
  // Holds and revocations are dated by it.
  CHECK(clock.now() == kStart + 10s);
  machine.set_ahead(-3h);
  CHECK(clock.now() == kStart + 22h + 10s);
  CHECK(clock.is_known());
  CHECK_FALSE(clock.doubt().has_value());
}

TEST_CASE("a new store has no last write, and any time is believed") {
  Machine machine;
  machine.set_ahead(kYears3);
  CHECK(machine.clock(std::nullopt).now() == kStart + kYears3);
}

TEST_CASE(
    "a machine without a clock of its own starts behind the last write, and is corrected by the network") {
  Machine machine;
  machine.wall.set(pki::from_unix(1'000'000));
  const TrustedClock clock = machine.clock();
  CHECK_FALSE(clock.is_known());
  CHECK(clock.now() == kStart);
  machine.pass(30s);
  machine.wall.set(kStart + 5h);
  CHECK(clock.now() == kStart + 5h);
  CHECK(clock.is_known());
}

TEST_CASE("a start a little behind the last write waits for it without going back") {
  Machine machine;
  machine.set_ahead(-3min);
  const TrustedClock clock = machine.clock();
  CHECK_FALSE(clock.doubt().has_value());
  CHECK(clock.now() == kStart);
  machine.pass(4min);
  CHECK(clock.now() == kStart + 1min);
}

TEST_CASE("a correction that elapsed time does not bear out is believed once a day") {
  Machine machine;
  const TrustedClock clock = machine.clock();
  for (const bool is_believed : {true, false}) {
    const pki::Time before = clock.now();
    machine.set_ahead(kYears3);
    CHECK(clock.doubt().has_value());
    machine.set_ahead(-kYears3 + 20h);
    CHECK(clock.doubt().has_value() == !is_believed);
    CHECK(clock.now() == (is_believed ? before + 20h : before));
    machine.pass(1h);
  }
  machine.pass(25h);
  machine.set_ahead(kYears3);
  CHECK(clock.doubt().has_value());
  machine.set_ahead(-kYears3 - 20h);
  CHECK_FALSE(clock.doubt().has_value());
}

TEST_CASE("a leap in smaller leaps is no correction") {
  Machine machine;
  const TrustedClock clock = machine.clock();
  for (int i = 0; i < 20; ++i) {
    machine.set_ahead(1h);
    CHECK(clock.now() == kStart + i * 1s);
    machine.pass(1s);
  }
  CHECK(clock.doubt().has_value());
}

TEST_CASE("an operator's word ends a doubt, in a run and at start") {
  Machine machine;
  TrustedClock clock = machine.clock();
  CHECK(clock.accept().error().code == pki::Errc::conflict);
  machine.set_ahead(3h);
  CHECK(clock.now() == kStart);
  CHECK(clock.may_accept()->wall == kStart + 3h);
  CHECK(clock.doubt().has_value());
  CHECK(clock.accept().has_value());
  CHECK_FALSE(clock.doubt().has_value());
  CHECK(clock.now() == kStart + 3h);
  machine.set_ahead(60 * 24h);
  TrustedClock restarted = machine.clock(kStart + 3h);
  CHECK_FALSE(restarted.is_known());
  CHECK(restarted.accept().has_value());
  CHECK(restarted.is_known());
  CHECK(restarted.now() == kStart + 3h + 60 * 24h);
}

TEST_CASE("a clock that lies before what was dated already is not accepted: repair is for that") {
  Machine machine;
  TrustedClock clock = machine.clock(kStart + kYears3);
  CHECK_FALSE(clock.is_known());
  CHECK(clock.now() == kStart + kYears3);
  const auto refused = clock.accept();
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  CHECK(refused.error().text().find("jpki clock repair") != std::string::npos);
}

}  // namespace service
