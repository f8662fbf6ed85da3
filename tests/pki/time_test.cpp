// Moments and days: RFC 5280 section 4.1.2.5, RFC 3339, RFC 9110 section 5.6.7, and the Japanese day.

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "pki/der.h"
#include "pki/time.h"
#include "tests/support/seed.h"

using namespace pki;

namespace {

Time moment(std::string_view text) {
  return parse_rfc3339(text).value();
}
Date day(std::string_view text) {
  return parse_date(text).value();
}

// What read_time makes of a UTCTime or GeneralizedTime with this content.
Result<Time> read(std::uint8_t tag, std::string_view content) {
  der::Writer writer;
  writer.text(tag, content);
  return der::Reader(writer.view()).read_time();
}

}  // namespace

TEST_CASE("dates are UTCTime through 2049 and GeneralizedTime from 2050") {
  const auto content = [](std::string_view text) { return der::time_content(moment(text)); };
  CHECK(content("2049-12-31T23:59:59Z") == "491231235959Z");
  CHECK(content("2050-01-01T00:00:00Z") == "20500101000000Z");
  CHECK(content("1970-01-01T00:00:00Z") == "700101000000Z");
  CHECK(content("2000-02-29T12:00:00Z") == "000229120000Z");
  CHECK(der::needs_generalized_time(moment("2050-01-01T00:00:00Z")));
  CHECK_FALSE(der::needs_generalized_time(moment("2049-12-31T23:59:59Z")));
  der::Writer writer;
  writer.time(moment("2049-12-31T23:59:59Z")).time(moment("2050-01-01T00:00:00Z"));
  CHECK(writer.view()[0] == der::tag::kUtcTime);
  CHECK(writer.view()[15] == der::tag::kGeneralizedTime);
}

TEST_CASE("OCSP's dates are GeneralizedTime in any year") {
  CHECK(der::generalized_time_content(moment("2026-11-23T05:00:00Z")) == "20261123050000Z");
}

TEST_CASE("the two-digit year turns at 50") {
  CHECK(read(der::tag::kUtcTime, "491231235959Z").value() == moment("2049-12-31T23:59:59Z"));
  CHECK(read(der::tag::kUtcTime, "500101000000Z").value() == moment("1950-01-01T00:00:00Z"));
  CHECK(read(der::tag::kUtcTime, "991231235959Z").value() == moment("1999-12-31T23:59:59Z"));
  CHECK(read(der::tag::kGeneralizedTime, "20500101000000Z").value() == moment("2050-01-01T00:00:00Z"));
}

TEST_CASE("forms of time that RFC 5280 does not allow are refused") {
  for (const char* content :
       {"2611230500Z", "261123050000", "261123050000+0900", "261123050000z", "26112305000 Z", "261323050000Z",
        "261100050000Z", "260229050000Z", "261123240000Z", "261123056000Z", "261123050060Z", "2611230500-1Z",
        "", "Z", "20261123050000Z", "261123050000ZZ"}) {
    CAPTURE(std::string(content));
    CHECK(read(der::tag::kUtcTime, content).has_error());
  }
  for (const char* content : {"20261123050000", "20261123050000.5Z", "20261123050000+0900", "202611230500Z",
                              "20260229000000Z", "261123050000Z", "2026112305000AZ", "20261123050060Z"}) {
    CAPTURE(std::string(content));
    CHECK(read(der::tag::kGeneralizedTime, content).has_error());
  }
  CHECK(read(der::tag::kPrintableString, "20261123050000Z").has_error());
  CHECK(read(der::tag::kGeneralizedTime, "20240229000000Z").has_value());
}

TEST_CASE("every second of the used range round-trips") {
  std::mt19937_64 random(support::seed());
  for (int i = 0; i < 5000; ++i) {
    const Time time = from_unix(static_cast<std::int64_t>(random() % 4'102'444'800U));
    CAPTURE(to_unix(time));
    der::Writer writer;
    writer.time(time).generalized_time(time);
    der::Reader reader(writer.view());
    REQUIRE(reader.read_time().value() == time);
    REQUIRE(reader.read_generalized_time().value() == time);
    REQUIRE(parse_rfc3339(to_rfc3339(time)).value() == time);
    REQUIRE(parse_imf_fixdate(to_imf_fixdate(time)).value() == time);
    const Date date = jst_date(time);
    REQUIRE(jst_start_of_day(date) <= time);
    REQUIRE(jst_end_of_day(date) >= time);
    REQUIRE(parse_date(to_string(date)).value() == date);
  }
}

TEST_CASE("the Japanese day begins and ends nine hours before UTC's") {
  CHECK(to_rfc3339(jst_start_of_day(day("2026-11-23"))) == "2026-11-22T15:00:00Z");
  CHECK(to_rfc3339(jst_end_of_day(day("2026-11-23"))) == "2026-11-23T14:59:59Z");
  CHECK(jst_date(moment("2026-11-23T14:59:59Z")) == day("2026-11-23"));
  CHECK(jst_date(moment("2026-11-23T15:00:00Z")) == day("2026-11-24"));
  CHECK(jst_date(moment("2024-02-28T15:00:00Z")) == day("2024-02-29"));
  CHECK(to_jst_digits(moment("2026-12-31T15:00:00Z")) == "20270101000000");
}

TEST_CASE("a certificate that ends on a day in Japan crosses to GeneralizedTime nine hours late") {
  CHECK(der::time_content(jst_end_of_day(day("2049-12-31"))) == "491231145959Z");
  CHECK(der::time_content(jst_start_of_day(day("2050-01-01"))) == "491231150000Z");
  CHECK(der::time_content(jst_end_of_day(day("2050-01-01"))) == "20500101145959Z");
}

TEST_CASE("29 February becomes 28 February in a common year") {
  CHECK(add_years(day("2024-02-29"), 1) == day("2025-02-28"));
  CHECK(add_years(day("2024-02-29"), 4) == day("2028-02-29"));
  CHECK(add_years(day("2096-02-29"), 4) == day("2100-02-28"));
  CHECK(add_years(day("1996-02-29"), 4) == day("2000-02-29"));
  CHECK(add_years(day("2023-02-28"), 1) == day("2024-02-28"));
  CHECK(add_years(day("2024-12-31"), 5) == day("2029-12-31"));
}

TEST_CASE("days are added over the ends of months and years") {
  CHECK(add_days(day("2026-12-31"), 1) == day("2027-01-01"));
  CHECK(add_days(day("2028-02-28"), 1) == day("2028-02-29"));
  CHECK(add_days(day("2027-02-28"), 1) == day("2027-03-01"));
  CHECK(add_days(day("2027-01-01"), -1) == day("2026-12-31"));
}

TEST_CASE("dates are real days written YYYY-MM-DD") {
  for (const char* wrong :
       {"", "2026-2-1", "2026/02/01", "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-00", "20260101",
        "2026-01-011", " 2026-01-01", "2026-01-0a", "-026-01-01", "2025-02-29"}) {
    CAPTURE(std::string(wrong));
    const auto date = parse_date(wrong);
    REQUIRE(date.has_error());
    CHECK(date.error().code == Errc::malformed);
  }
}

TEST_CASE("RFC 3339 moments may carry an offset, which is taken off") {
  CHECK(moment("2026-11-23T14:00:00+09:00") == moment("2026-11-23T05:00:00Z"));
  CHECK(moment("2026-11-23t05:00:00z") == moment("2026-11-23T05:00:00Z"));
  CHECK(moment("2026-11-22T23:30:00-05:30") == moment("2026-11-23T05:00:00Z"));
  CHECK(to_rfc3339(from_unix(0)) == "1970-01-01T00:00:00Z");
  for (const char* wrong :
       {"", "2026-11-23", "2026-11-23T05:00:00", "2026-11-23 05:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T05:60:00Z", "2026-11-23T05:00:00+0900", "2026-11-23T05:00:00+24:00",
        "2026-11-23T05:00:00.123Z", "2026-11-23T05:00:00ZZ", "2026-02-29T05:00:00Z", "2026-11-23T5:00:00Z"}) {
    CAPTURE(std::string(wrong));
    CHECK(parse_rfc3339(wrong).has_error());
  }
}

TEST_CASE("the example of RFC 9110 is written and read as it stands there") {
  CHECK(to_imf_fixdate(from_unix(784111777)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(parse_imf_fixdate("Sun, 06 Nov 1994 08:49:37 GMT").value() == from_unix(784111777));
  CHECK(to_imf_fixdate(moment("2026-11-23T05:00:00Z")) == "Mon, 23 Nov 2026 05:00:00 GMT");
}

TEST_CASE("dates in HTTP headers that are not IMF-fixdate are refused") {
  for (const char* wrong :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08-49-37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT"}) {
    CAPTURE(std::string(wrong));
    CHECK(parse_imf_fixdate(wrong).has_error());
  }
}

TEST_CASE("an age is reached on the birthday; one of 29 February is completed on 28 February") {
  const auto date = [](int y, unsigned m, unsigned d) {
    return Date{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}};
  };
  CHECK(age_on(date(2011, 11, 23), date(2026, 11, 23)) == 15);
  CHECK(age_on(date(2011, 11, 24), date(2026, 11, 23)) == 14);
  CHECK(age_on(date(2012, 2, 29), date(2027, 2, 28)) == 15);
  CHECK(age_on(date(2004, 2, 29), date(2026, 2, 28)) == 22);
  CHECK(age_on(date(2004, 2, 29), date(2026, 2, 27)) == 21);
  CHECK(age_on(date(2004, 2, 29), date(2028, 2, 28)) == 23);
  CHECK(age_on(date(2026, 11, 23), date(2026, 11, 23)) == 0);
}
