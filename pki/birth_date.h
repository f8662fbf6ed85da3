// Dates of birth, of which a register may know the year alone, or nothing.
//
// They are written as pki::Date with zeros for the parts that are unknown: 1980-02-00, 1980-00-00,
// 0000-00-00. Such a date is not ok() and has no place in the calendar; what has to reckon with it (age,
// birthdays) asks for reckoned_birth_date(). Comparing and printing work as for any date.

#pragma once

#include <string_view>

#include "pki/result.h"
#include "pki/time.h"

namespace pki {

// A real day YYYY-MM-DD, or one with unknown parts: the day, month and day, or all three as zeros.
// Errc::malformed for anything else.
[[nodiscard]] Result<Date> parse_birth_date(std::string_view text);

// The earliest and the last day that a date of birth can mean. The same day when it is fully known;
// 0001-01-01 and 9999-12-31 when nothing is.
struct BirthDateRange {
  Date first, last;
};
[[nodiscard]] BirthDateRange range_of_birth_date(Date birth);

// The day that counts as that of birth for ages and birthdays (docs/profiles.md section 3): the last that it
// can be, so that a minimum age is never taken for reached too early; 1900-12-31 when nothing is known, so
// that the person counts as of age.
[[nodiscard]] Date reckoned_birth_date(Date birth);

}  // namespace pki
