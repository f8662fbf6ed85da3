// Settings follow each other; readers take the last one without a lock.

#include "mock/clock.h"

#include <algorithm>

#include "pki/messages/mock.h"

namespace mock {

pki::Result<void> check_moment(std::string_view field, pki::Time moment) {
  if (moment >= kFirstMoment && moment <= kLastMoment) return {};
  return pki::invalid(std::string(field),
                      {messages::moment_range, pki::to_rfc3339(kFirstMoment), pki::to_rfc3339(kLastMoment)});
}

MockClock::MockClock(const pki::Clock& wall) : wall_(wall) {
  set(wall.now_milliseconds(), {.mode = ClockMode::frozen});
}

std::int64_t MockClock::now_milliseconds() const {
  const Setting& setting = *current();
  switch (setting.course.mode) {
    case ClockMode::following:
      return wall_.now_milliseconds();
    case ClockMode::frozen:
      return setting.milliseconds;
    case ClockMode::running:
      break;
  }
  const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - setting.since;
  // It stands at the last moment: at a great rate that comes soon.
  const auto left = static_cast<double>(pki::to_unix(kLastMoment) * 1000 - setting.milliseconds);
  return setting.milliseconds +
         static_cast<std::int64_t>(std::min(elapsed.count() * setting.course.rate, left));
}

pki::Time MockClock::now() const {
  return pki::from_unix(now_milliseconds() / 1000);
}

void MockClock::freeze_at(pki::Time moment) {
  set(pki::to_unix(moment) * 1000, {.mode = ClockMode::frozen});
}

void MockClock::go(ClockCourse course) {
  set(now_milliseconds(), course);
}

void MockClock::set(std::int64_t milliseconds, ClockCourse course) {
  const std::lock_guard lock(mutex_);
  settings_.push_back(std::make_unique<const Setting>(
      Setting{.milliseconds = milliseconds, .since = std::chrono::steady_clock::now(), .course = course}));
  current_.store(settings_.back().get(), std::memory_order_release);
}

}  // namespace mock
