// Calendar arithmetic and the text forms of moments and days.

#include "pki/time.h"

#include "pki/messages/pki.h"

#include <array>
#include <cstdio>
#include <optional>

namespace pki {

namespace {

using namespace std::chrono;

constexpr std::array<const char*, 7> kDayNames = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonthNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The number written in `text`, which must be digits only.
std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

struct Civil {
  Date date;
  hh_mm_ss<seconds> clock;
};

Civil civil(Time time) {
  const auto day = floor<days>(time);
  return {Date{day}, hh_mm_ss<seconds>{time - day}};
}

std::optional<Date> make_date(std::optional<unsigned> y, std::optional<unsigned> m,
                              std::optional<unsigned> d) {
  if (!y || !m || !d) return std::nullopt;
  const Date date{year{static_cast<int>(*y)}, month{*m}, day{*d}};
  if (!date.ok()) return std::nullopt;
  return date;
}

std::optional<Time> make_time(Date date, std::string_view hh, std::string_view mm, std::string_view ss) {
  const auto h = digits(hh), m = digits(mm), s = digits(ss);
  if (!h || !m || !s || *h > 23 || *m > 59 || *s > 59) return std::nullopt;
  return Time{sys_days{date}} + hours{*h} + minutes{*m} + seconds{*s};
}

template <typename... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  std::array<char, 64> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), pattern, arguments...);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

// The offset at the end of an RFC 3339 text: Z, +hh:mm or -hh:mm.
std::optional<seconds> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return seconds{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto h = digits(text.substr(1, 2)), m = digits(text.substr(4, 2));
  if (!h || !m || *h > 23 || *m > 59) return std::nullopt;
  const seconds offset = hours{*h} + minutes{*m};
  return text[0] == '+' ? offset : -offset;
}

}  // namespace

Date jst_date(Time time) {
  return Date{floor<days>(time + kJstOffset)};
}

Time jst_start_of_day(Date date) {
  return Time{sys_days{date}} - kJstOffset;
}

Time jst_end_of_day(Date date) {
  return jst_start_of_day(date) + hours{24} - seconds{1};
}

Date add_years(Date date, int count) {
  const Date later = date + years{count};
  if (later.ok()) return later;
  return Date{later.year(), February, day{28}};
}

Date add_days(Date date, int count) {
  return Date{sys_days{date} + days{count}};
}

int age_on(Date birth, Date day) {
  const int years = static_cast<int>(day.year()) - static_cast<int>(birth.year());
  return day < add_years(birth, years) ? years - 1 : years;
}

Result<Date> parse_date(std::string_view text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    if (const auto date =
            make_date(digits(text.substr(0, 4)), digits(text.substr(5, 2)), digits(text.substr(8, 2))))
      return *date;
  }
  return fail(Errc::malformed, messages::date_form);
}

std::string to_string(Date date) {
  return format("%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
}

std::string to_rfc3339(Time time) {
  const auto [date, clock] = civil(time);
  return to_string(date) + format("T%02d:%02d:%02dZ", static_cast<int>(clock.hours().count()),
                                  static_cast<int>(clock.minutes().count()),
                                  static_cast<int>(clock.seconds().count()));
}

Result<Time> parse_rfc3339(std::string_view text) {
  const Error malformed = fail(Errc::malformed, messages::time_form);
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
    return malformed;
  const auto date = parse_date(text.substr(0, 10));
  const auto offset = parse_offset(text.substr(19));
  if (!date || !offset) return malformed;
  const auto time = make_time(*date, text.substr(11, 2), text.substr(14, 2), text.substr(17, 2));
  if (!time) return malformed;
  return *time - *offset;
}

std::string to_jst_digits(Time time) {
  const auto [date, clock] = civil(time + kJstOffset);
  return format("%04d%02u%02u%02d%02d%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
}

std::string to_imf_fixdate(Time time) {
  const auto [date, clock] = civil(time);
  const weekday day_of_week{sys_days{date}};
  return format("%s, %02u %s %04d %02d:%02d:%02d GMT", kDayNames[day_of_week.c_encoding()],
                static_cast<unsigned>(date.day()), kMonthNames[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
}

Result<Time> parse_imf_fixdate(std::string_view text) {
  const Error malformed = fail(Errc::malformed, messages::http_date_form);
  if (text.size() != 29 || text.substr(25) != " GMT" || text.substr(3, 2) != ", ") return malformed;
  std::optional<unsigned> month_number;
  for (unsigned i = 0; i < kMonthNames.size(); ++i)
    if (text.substr(8, 3) == kMonthNames[i]) month_number = i + 1;
  const auto date = make_date(digits(text.substr(12, 4)), month_number, digits(text.substr(5, 2)));
  if (!date) return malformed;
  const auto time = make_time(*date, text.substr(17, 2), text.substr(20, 2), text.substr(23, 2));
  // Day name and separators: there is one way to write each moment.
  if (!time || to_imf_fixdate(*time) != text) return malformed;
  return *time;
}

}  // namespace pki
