// The only place of the program that reads a clock.

#pragma once

#include <chrono>
#include <ctime>

#include "pki/time.h"

namespace service {

// The wall clock.
class SystemClock final : public pki::Clock {
 public:
  [[nodiscard]] pki::Time now() const override {
    return std::chrono::floor<pki::Seconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] std::int64_t now_milliseconds() const override {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
  }
};

// Milliseconds since the start of the machine, with those in which it slept: CLOCK_BOOTTIME, which no user
// sets.
[[nodiscard]] inline std::int64_t elapsed_milliseconds() {
  timespec time{};
  static_cast<void>(::clock_gettime(CLOCK_BOOTTIME, &time));
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace service
