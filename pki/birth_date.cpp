// Zeros stand for what is unknown.

#include "pki/birth_date.h"

#include "pki/messages/pki.h"
#include "pki/number.h"

namespace pki {

namespace {

using std::chrono::day, std::chrono::month, std::chrono::year;

constexpr Date kUnknown{year{0}, month{0}, day{0}};

}  // namespace

Result<Date> parse_birth_date(std::string_view text) {
  if (auto known = parse_date(text); known.has_value() && known->year() != year{0}) return known;
  const Error malformed = fail(Errc::malformed, messages::birth_date_form);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return malformed;
  const auto y = parse_number<unsigned>(text.substr(0, 4)), m = parse_number<unsigned>(text.substr(5, 2)),
             d = parse_number<unsigned>(text.substr(8, 2));
  if (!y || !m || !d || *d != 0 || *m > 12 || (*y == 0 && *m != 0)) return malformed;
  return Date{year{static_cast<int>(*y)}, month{*m}, day{0}};
}

BirthDateRange range_of_birth_date(Date birth) {
  if (birth.ok()) return {birth, birth};
  if (birth == kUnknown) return {Date{year{1} / 1 / 1}, Date{year{9999} / 12 / 31}};
  const month first = birth.month() == month{0} ? std::chrono::January : birth.month();
  const month last = birth.month() == month{0} ? std::chrono::December : birth.month();
  return {Date{birth.year() / first / 1}, Date{birth.year() / last / std::chrono::last}};
}

Date reckoned_birth_date(Date birth) {
  if (birth == kUnknown) return Date{year{1900} / 12 / 31};
  return range_of_birth_date(birth).last;
}

}  // namespace pki
