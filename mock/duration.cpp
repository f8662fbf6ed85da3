// Parts in their order, each at most once.

#include "mock/duration.h"

#include <algorithm>
#include <string>

#include "pki/messages/mock.h"
#include "pki/number.h"

namespace mock {

namespace {

// Where years of four digits end; what is later is no other.
constexpr pki::Date kBeyond{std::chrono::year{10'000}, std::chrono::January, std::chrono::day{1}};

pki::Error no_duration(std::string_view field) {
  return pki::invalid(std::string(field), messages::duration_form);
}

}  // namespace

pki::Result<Duration> parse_duration(std::string_view field, std::string_view text) {
  constexpr std::string_view kOrder = "YMWDThms";
  Duration duration;
  if (!text.starts_with('P') || text.size() < 3) return no_duration(field);
  text.remove_prefix(1);
  bool in_time = false;
  std::size_t place = 0;
  while (!text.empty()) {
    if (!in_time && text.front() == 'T') {
      in_time = true;
      place = kOrder.find('T');
      text.remove_prefix(1);
      if (text.empty()) return no_duration(field);
    }
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto parsed = pki::parse_number<unsigned>(text.substr(0, digits));
    if (!parsed || digits == text.size() || *parsed > 100'000) return no_duration(field);
    const int number = static_cast<int>(*parsed);
    char unit = text[digits];
    if (in_time) unit = static_cast<char>(unit == 'H' ? 'h' : unit == 'M' ? 'm' : unit == 'S' ? 's' : 'x');
    const std::size_t found = kOrder.find(unit, place);
    if (found == std::string_view::npos || unit == 'T') return no_duration(field);
    if (!in_time && found > kOrder.find('T')) return no_duration(field);
    place = found + 1;
    text.remove_prefix(digits + 1);
    switch (unit) {
      case 'Y':
        duration.years = number;
        break;
      case 'M':
        duration.months = number;
        break;
      case 'W':
        duration.days += 7 * number;
        break;
      case 'D':
        duration.days += number;
        break;
      case 'h':
        duration.seconds += std::chrono::hours{number};
        break;
      case 'm':
        duration.seconds += std::chrono::minutes{number};
        break;
      default:
        duration.seconds += pki::Seconds{number};
        break;
    }
  }
  return duration;
}

pki::Time later(pki::Time from, const Duration& by) {
  const pki::Date day = pki::jst_date(from);
  if (static_cast<int>(day.year()) + by.years + by.months / 12 >= static_cast<int>(kBeyond.year()))
    return pki::jst_start_of_day(kBeyond);
  const pki::Seconds time_of_day = from - pki::jst_start_of_day(day);
  pki::Date moved = day + std::chrono::years{by.years} + std::chrono::months{by.months};
  if (!moved.ok()) moved = pki::Date{moved.year() / moved.month() / std::chrono::last};
  return pki::jst_start_of_day(pki::add_days(moved, by.days)) + time_of_day + by.seconds;
}

}  // namespace mock
