// Durations of ISO 8601 as people write them: P31D, PT1H30M, P1Y2M, P2W. Years and months go by the calendar
// in Japan.

#pragma once

#include <string_view>

#include "pki/result.h"
#include "pki/time.h"

namespace mock {

struct Duration {
  int years = 0, months = 0, days = 0;
  pki::Seconds seconds{0};
};

// Errc::invalid_value, with `field`, for anything else. Each part at most 100,000 and whole; weeks count as
// seven days.
[[nodiscard]] pki::Result<Duration> parse_duration(std::string_view field, std::string_view text);
// The moment that much later. The last day of a month where the month has no such day.
[[nodiscard]] pki::Time later(pki::Time from, const Duration& by);

}  // namespace mock
