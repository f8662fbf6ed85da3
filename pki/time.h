// Moments, days and their encodings: RFC 5280 section 4.1.2.5, and the Japanese day.
//
// Time is always an argument: nothing below cli reads a clock. A moment has whole seconds, as all encodings
// of certificates, CRLs and OCSP have.

#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "pki/result.h"

namespace pki {

// Seconds since 1970-01-01T00:00:00Z. Never negative in anything that this program makes.
using Time = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

// A day of the proleptic Gregorian calendar, without a time zone.
using Date = std::chrono::year_month_day;

// Japan Standard Time is UTC+9 without daylight saving.
inline constexpr Seconds kJstOffset{9 * 3600};

// Where time comes from. Only cli implements it; the mock's can be set.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  // The same moment in milliseconds since 1970, for CRL numbers.
  [[nodiscard]] virtual std::int64_t now_milliseconds() const = 0;
};

[[nodiscard]] inline std::int64_t to_unix(Time time) {
  return time.time_since_epoch().count();
}
[[nodiscard]] inline Time from_unix(std::int64_t seconds) {
  return Time{Seconds{seconds}};
}

// The civil date in Japan at a moment.
[[nodiscard]] Date jst_date(Time time);
// 00:00:00 and 23:59:59 JST of a day.
[[nodiscard]] Time jst_start_of_day(Date date);
[[nodiscard]] Time jst_end_of_day(Date date);
// The same month and day `years` later; 29 February becomes 28 February in a common year (docs/profiles.md:
// the card ordinance's rule for births on that day).
[[nodiscard]] Date add_years(Date date, int years);
[[nodiscard]] Date add_days(Date date, int days);
// The age in whole years on a day; negative before birth. A birthday on 29 February is completed on
// 28 February of a common year, as add_years counts.
[[nodiscard]] int age_on(Date birth, Date day);

// YYYY-MM-DD.
[[nodiscard]] Result<Date> parse_date(std::string_view text);
[[nodiscard]] std::string to_string(Date date);

// RFC 3339 in UTC: 2026-11-23T05:00:00Z. Parsing also accepts a numeric offset.
[[nodiscard]] std::string to_rfc3339(Time time);
[[nodiscard]] Result<Time> parse_rfc3339(std::string_view text);

// YYYYMMDDhhmmss in JST, as in the CN of signing certificates.
[[nodiscard]] std::string to_jst_digits(Time time);

// IMF-fixdate of RFC 9110 section 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT.
[[nodiscard]] std::string to_imf_fixdate(Time time);
// Only IMF-fixdate is understood; nothing else is sent by today's clients.
[[nodiscard]] Result<Time> parse_imf_fixdate(std::string_view text);

}  // namespace pki
