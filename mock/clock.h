// The clock of a mock: one for everything in it, set from outside.
//
// It follows the wall clock until it is set; then it stands, or runs at a rate from a moment on. Only a reset
// takes it back (mock/simulation.h).

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "pki/time.h"

namespace mock {

enum class ClockMode : std::uint8_t {
  following,  // The wall clock.
  running,    // From a moment on, at a rate.
  frozen,
};

// How the clock goes.
struct ClockCourse {
  ClockMode mode = ClockMode::following;
  // Seconds of the clock in one of the wall's; counts while it is running.
  double rate = 1;
};

// What a mock's clock can say: from the day on which the rules of law begin that the simulator has
// (law/rule.h), and so long that what is made at the last moment ends before the year 10000 (RFC 5280
// section 4.1.2.5).
constexpr pki::Time kFirstMoment{pki::Seconds{1'451'574'000}};   // 2016-01-01T00:00:00+09:00
constexpr pki::Time kLastMoment{pki::Seconds{250'246'594'799}};  // 9899-12-31T23:59:59+09:00
// Errc::invalid_value of `field` for a moment beyond.
[[nodiscard]] pki::Result<void> check_moment(std::string_view field, pki::Time moment);

// Usable from any thread.
class MockClock final : public pki::Clock {
 public:
  // Frozen at the wall's moment. `wall` must outlive the clock.
  explicit MockClock(const pki::Clock& wall);

  [[nodiscard]] pki::Time now() const override;
  [[nodiscard]] std::int64_t now_milliseconds() const override;
  [[nodiscard]] ClockCourse course() const { return current()->course; }

  // Stands at `moment` from now on.
  void freeze_at(pki::Time moment);
  // Goes on from where it is; a clock that follows the wall's leaves its own time behind.
  void go(ClockCourse course);

 private:
  struct Setting {
    std::int64_t milliseconds = 0;  // At `since`.
    std::chrono::steady_clock::time_point since;
    ClockCourse course;
  };
  [[nodiscard]] const Setting* current() const { return current_.load(std::memory_order_acquire); }
  void set(std::int64_t milliseconds, ClockCourse course);

  const pki::Clock& wall_;
  std::mutex mutex_;
  // Every setting that there was, guarded by mutex_: a reader may still be at one.
  std::vector<std::unique_ptr<const Setting>> settings_;
  std::atomic<const Setting*> current_{nullptr};
};

}  // namespace mock
