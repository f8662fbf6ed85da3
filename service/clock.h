// The only place of the program that reads a clock.

#pragma once

#include <chrono>

#include "pki/time.h"

namespace service {

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

}  // namespace service
