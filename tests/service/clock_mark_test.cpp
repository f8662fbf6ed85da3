// What a restart makes of a doubt about the clock, and of the mark that the process before it has left.

#include "service/clock_mark.h"

#include <doctest/doctest.h>

#include "pki/file.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using support::kStart;

constexpr pki::Seconds kYears3{std::chrono::days{1096}};

// A machine with a store that is written each time before the process ends.
struct Machine {
  void pass(pki::Seconds time) {
    wall.advance(time);
    elapsed += time.count() * 1000;
  }
  void set_ahead(pki::Seconds step) { wall.advance(step); }
  [[nodiscard]] TrustedClock start(const std::optional<LeftClock>& left = {}) {
    return TrustedClock(wall, [this] { return elapsed; }, {}, last_write, left);
  }
  // The process ends, its last change written, and another starts.
  [[nodiscard]] TrustedClock restart(const TrustedClock& before, pki::Seconds downtime = 5s) {
    last_write = before.now();
    const ClockMark mark = before.mark();
    pass(downtime);
    return start(LeftClock{.mark = mark, .is_of_this_boot = true});
  }
  // The same with the machine.
  [[nodiscard]] TrustedClock reboot(const TrustedClock& before, pki::Seconds downtime = 1min) {
    last_write = before.now();
    const ClockMark mark = before.mark();
    pass(downtime);
    elapsed = 20'000;
    return start(LeftClock{.mark = mark, .is_of_this_boot = false});
  }

  support::SettableClock wall;
  std::int64_t elapsed = 5'000'000;
  std::optional<pki::Time> last_write = kStart;
};

}  // namespace

TEST_CASE("a restart in a doubt goes on in it, with the time that was trusted") {
  for (const pki::Seconds leap : {pki::Seconds{3h}, pki::Seconds{11min}, kYears3}) {
    CAPTURE(leap.count());
    Machine machine;
    const TrustedClock first = machine.start();
    machine.set_ahead(leap);
    REQUIRE(first.doubt().has_value());
    machine.pass(1min);
    const TrustedClock second = machine.restart(first);
    REQUIRE(second.doubt().has_value());
    CHECK(second.is_known());
    CHECK(second.now() == kStart + 65s);
    machine.pass(2h);
    const TrustedClock third = machine.restart(second);
    CHECK(third.now() == kStart + 2h + 70s);
    machine.set_ahead(-leap);
    CHECK_FALSE(third.doubt().has_value());
    CHECK(third.now() == machine.wall.now());
  }
}

TEST_CASE("a leap that comes while nothing runs is measured with elapsed time") {
  Machine machine;
  const TrustedClock first = machine.start();
  machine.pass(1h);
  machine.last_write = first.now();
  const LeftClock left{.mark = first.mark(), .is_of_this_boot = true};
  machine.pass(30 * 24h);
  // Elapsed time covers a downtime of any length.
  CHECK_FALSE(machine.start(left).doubt().has_value());
  machine.set_ahead(3h);
  const TrustedClock second = machine.start(left);
  REQUIRE(second.doubt().has_value());
  CHECK(second.is_known());
  CHECK(second.now() == kStart + 1h + 30 * 24h);
}

TEST_CASE("a clock that was corrected while nothing ran is believed") {
  Machine machine;
  const TrustedClock first = machine.start();
  machine.set_ahead(kYears3);
  REQUIRE(first.doubt().has_value());
  machine.last_write = first.now();
  const LeftClock left{.mark = first.mark(), .is_of_this_boot = true};
  machine.pass(5min);
  machine.set_ahead(-kYears3 + 2min);
  const TrustedClock second = machine.start(left);
  CHECK_FALSE(second.doubt().has_value());
  CHECK(second.now() == kStart + 7min);
}

TEST_CASE("steps of a day add up over restarts") {
  Machine machine;
  std::optional<LeftClock> left;
  for (int i = 0; i < 2; ++i) {
    const TrustedClock clock = machine.start(left);
    CHECK_FALSE(clock.doubt().has_value());
    machine.pass(1h);
    machine.set_ahead(4min);
    machine.last_write = clock.now();
    left = LeftClock{.mark = clock.mark(), .is_of_this_boot = true};
  }
  machine.set_ahead(4min);
  CHECK(machine.start(left).doubt().has_value());
  // A day later the earlier ones no longer count.
  machine.set_ahead(-4min);
  const TrustedClock clock = machine.start(left);
  machine.pass(25h);
  CHECK_FALSE(clock.doubt().has_value());
  machine.set_ahead(9min);
  CHECK_FALSE(clock.doubt().has_value());
}

TEST_CASE("a correction that cannot be checked is believed once a day, restarts or not") {
  Machine machine;
  const TrustedClock first = machine.start();
  machine.set_ahead(kYears3);
  REQUIRE(first.doubt().has_value());
  machine.set_ahead(-kYears3 + 5h);
  CHECK_FALSE(first.doubt().has_value());
  machine.set_ahead(kYears3);
  const TrustedClock second = machine.restart(first);
  REQUIRE(second.doubt().has_value());
  machine.set_ahead(-kYears3 + 5h);
  CHECK(second.doubt().has_value());
}

TEST_CASE("after the machine's restart a doubt goes on until the clock was corrected") {
  Machine machine;
  const TrustedClock first = machine.start();
  machine.set_ahead(3h);
  REQUIRE(first.doubt().has_value());
  TrustedClock second = machine.reboot(first);
  REQUIRE(second.doubt().has_value());
  CHECK_FALSE(second.is_known());
  machine.pass(1h);
  CHECK(second.doubt().has_value());
  // Another one changes nothing.
  const TrustedClock third = machine.reboot(second);
  CHECK(third.doubt().has_value());
  // Corrected while it runs: an hour and two minutes lie behind the last trusted time.
  machine.set_ahead(-3h);
  CHECK_FALSE(third.doubt().has_value());
  CHECK(third.now() == machine.wall.now());
}

TEST_CASE("a clock that was corrected while the machine stood still ends the doubt") {
  for (const pki::Seconds downtime : {pki::Seconds{1min}, pki::Seconds{2h}}) {
    CAPTURE(downtime.count());
    Machine machine;
    const TrustedClock first = machine.start();
    machine.set_ahead(3h);
    REQUIRE(first.doubt().has_value());
    machine.last_write = first.now();
    const LeftClock left{.mark = first.mark(), .is_of_this_boot = false};
    machine.set_ahead(-3h + downtime);
    machine.elapsed = 20'000;
    CHECK_FALSE(machine.start(left).doubt().has_value());
  }
}

TEST_CASE("an operator's word ends a doubt that a restart has inherited") {
  Machine machine;
  const TrustedClock first = machine.start();
  machine.set_ahead(3h);
  REQUIRE(first.doubt().has_value());
  TrustedClock second = machine.reboot(first);
  REQUIRE(second.accept().has_value());
  CHECK(second.now() == kStart + 3h + 1min);
  const TrustedClock third = machine.restart(second);
  CHECK_FALSE(third.doubt().has_value());
}

TEST_CASE("of another boot without a doubt the gap decides, from the latest time that was trusted") {
  Machine machine;
  const TrustedClock first = machine.start();
  // Nothing is written for days.
  machine.pass(5 * 24h);
  LeftClock left{.mark = first.mark(), .is_of_this_boot = false};
  static_cast<void>(first.now());
  left.mark = first.mark();
  machine.elapsed = 20'000;
  CHECK_FALSE(machine.start(left).doubt().has_value());
  machine.set_ahead(25h);
  CHECK_FALSE(machine.start(left).is_known());
}

TEST_CASE("a store that was written later than what was left decides alone") {
  // The operator accepted, changes were recorded, and the process was killed before it left a mark.
  Machine machine;
  TrustedClock first = machine.start();
  machine.set_ahead(3h);
  REQUIRE(first.doubt().has_value());
  const ClockMark mark = first.mark();
  REQUIRE(first.accept().has_value());
  machine.last_write = first.now();
  for (const bool is_of_this_boot : {true, false}) {
    const TrustedClock second = machine.start(LeftClock{mark, is_of_this_boot});
    CHECK_FALSE(second.doubt().has_value());
    CHECK(second.now() == kStart + 3h);
  }
}

TEST_CASE("elapsed time that has gone back is another machine's") {
  Machine machine;
  const TrustedClock first = machine.start();
  machine.last_write = first.now();
  const LeftClock left{.mark = first.mark(), .is_of_this_boot = true};
  machine.elapsed = 20'000;
  CHECK_FALSE(machine.start(left).doubt().has_value());
  machine.set_ahead(25h);
  CHECK_FALSE(machine.start(left).is_known());
}

TEST_CASE("a mark, written and read, is the same; one that was altered or cut is none") {
  const support::TemporaryFolder folder;
  const DataFolder data{folder.path()};
  Machine machine;
  const TrustedClock clock = machine.start();
  machine.set_ahead(5min);
  static_cast<void>(clock.now());
  machine.set_ahead(kYears3);
  static_cast<void>(clock.now());
  machine.set_ahead(-kYears3 + 5h);
  static_cast<void>(clock.now());
  machine.set_ahead(5min);
  static_cast<void>(clock.now());
  const ClockMark mark = clock.mark();
  CHECK(mark.corrected_at.has_value());
  CHECK_FALSE(mark.day.empty());
  CHECK_FALSE(read_clock_mark(data, "boot-1").has_value());
  REQUIRE(write_clock_mark(data, "boot-1", mark).has_value());
  const auto same = read_clock_mark(data, "boot-1");
  REQUIRE(same.has_value());
  CHECK(same->mark == mark);
  CHECK(same->is_of_this_boot);
  CHECK_FALSE(read_clock_mark(data, "boot-2")->is_of_this_boot);
  // A system without an id of its starts knows of none that it is the same.
  CHECK_FALSE(read_clock_mark(data, "")->is_of_this_boot);
  const auto file = data.store() / "clock-mark";
  const std::string text = pki::read_file(file).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    std::string altered = text;
    altered[i] = altered[i] == '1' ? '2' : '1';
    REQUIRE(pki::save_file(file, pki::as_bytes(altered), pki::FileSecrecy::owner_only).has_value());
    CHECK_FALSE(read_clock_mark(data, "boot-1").has_value());
    REQUIRE(pki::save_file(file, pki::as_bytes(text.substr(0, i)), pki::FileSecrecy::owner_only).has_value());
    CHECK_FALSE(read_clock_mark(data, "boot-1").has_value());
  }
  remove_clock_mark(data);
  CHECK_FALSE(read_clock_mark(data, "boot-1").has_value());
}

TEST_CASE("a mark is written at once, when a doubt comes or goes, and each minute") {
  const support::TemporaryFolder folder;
  const DataFolder data{folder.path()};
  Machine machine;
  const TrustedClock clock = machine.start();
  ClockMarkKeeper keeper(data, clock);
  const auto left = [&] { return read_clock_mark(data, boot_id())->mark; };
  REQUIRE(keeper.keep().has_value());
  CHECK(left().elapsed == machine.elapsed);
  machine.pass(59s);
  REQUIRE(keeper.keep().has_value());
  CHECK(left().elapsed == machine.elapsed - 59'000);
  machine.pass(1s);
  REQUIRE(keeper.keep().has_value());
  CHECK(left().elapsed == machine.elapsed);
  machine.pass(1s);
  machine.set_ahead(3h);
  REQUIRE(keeper.keep().has_value());
  CHECK(left().trust == ClockTrust::carried);
  machine.pass(1s);
  machine.set_ahead(-3h);
  REQUIRE(keeper.keep().has_value());
  CHECK(left().trust == ClockTrust::believed);
  machine.pass(1s);
  REQUIRE(keeper.keep_now().has_value());
  CHECK(left().elapsed == machine.elapsed);
}

}  // namespace service
