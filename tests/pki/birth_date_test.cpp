// Dates of birth of which parts are unknown.

#include "pki/birth_date.h"

#include <doctest/doctest.h>

using namespace pki;

namespace {

std::string reckoned(std::string_view text) {
  return to_string(reckoned_birth_date(parse_birth_date(text).value()));
}

std::string range(std::string_view text) {
  const auto [first, last] = range_of_birth_date(parse_birth_date(text).value());
  return to_string(first) + " " + to_string(last);
}

}  // namespace

TEST_CASE("a date of birth is a real day, or has zeros from some part on") {
  for (const char* text : {"1980-02-17", "2024-02-29", "1980-02-00", "1980-00-00", "0000-00-00"}) {
    CAPTURE(text);
    const auto birth = parse_birth_date(text);
    REQUIRE(birth.has_value());
    CHECK(to_string(*birth) == text);
  }
  for (const char* text : {"", "1980", "1980-00-17", "1980-13-00", "0000-02-17", "0000-02-00", "2023-02-29",
                           "1980-2-0", "1980/00/00", "198a-00-00", "1980-00-000", "-980-00-00"}) {
    CAPTURE(text);
    CHECK(parse_birth_date(text).error().code == Errc::malformed);
  }
}

TEST_CASE("the last possible day counts for ages and birthdays") {
  CHECK(reckoned("1980-02-17") == "1980-02-17");
  CHECK(reckoned("1980-02-00") == "1980-02-29");
  CHECK(reckoned("1981-02-00") == "1981-02-28");
  CHECK(reckoned("1980-00-00") == "1980-12-31");
  CHECK(reckoned("0000-00-00") == "1900-12-31");
}

TEST_CASE("what is unknown is a range of days") {
  CHECK(range("1980-02-17") == "1980-02-17 1980-02-17");
  CHECK(range("1980-04-00") == "1980-04-01 1980-04-30");
  CHECK(range("1989-00-00") == "1989-01-01 1989-12-31");
  CHECK(range("0000-00-00") == "0001-01-01 9999-12-31");
}
