// When certificates end: 規則13, 49 and docs/profiles.md section 3.

#include "law/validity.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/support/authority_world.h"

namespace law {

namespace {

using support::day;

pki::Time at(const char* text) {
  return pki::parse_rfc3339(text).value();
}

ValidityBounds bounds(const char* issued, pki::Date birth) {
  return {.issued_at = at(issued),
          .birth = birth,
          .birthdays = 5,
          .card_expires = {},
          .authentication_ends = {},
          .issuer_ends = at("2099-01-01T00:00:00Z")};
}

std::string end_of(const ValidityBounds& given) {
  return pki::to_rfc3339(end_of_validity(given).value());
}

}  // namespace

TEST_CASE("a certificate ends at the end of the fifth birthday after the day of issue, in Japan") {
  CHECK(end_of(bounds("2026-11-23T05:00:00Z", day(1980, 2, 17))) == "2031-02-17T14:59:59Z");
  // The birthday is tomorrow: it is the first that counts.
  CHECK(end_of(bounds("2026-11-23T05:00:00Z", day(1980, 11, 24))) == "2030-11-24T14:59:59Z");
  // The birthday is today: it does not count.
  CHECK(end_of(bounds("2026-11-23T05:00:00Z", day(1980, 11, 23))) == "2031-11-23T14:59:59Z");
  // 15:30 UTC is tomorrow in Japan.
  CHECK(end_of(bounds("2026-11-22T15:30:00Z", day(1980, 11, 23))) == "2031-11-23T14:59:59Z");
  CHECK(end_of(bounds("2026-11-22T14:59:59Z", day(1980, 11, 23))) == "2030-11-23T14:59:59Z");
}

TEST_CASE("who was born on 29 February has the birthday on the 28th in common years") {
  const pki::Date leap = day(2000, 2, 29);
  // Birthdays 2027, 2028 (a leap year), 2029, 2030, 2031.
  CHECK(end_of(bounds("2026-11-23T05:00:00Z", leap)) == "2031-02-28T14:59:59Z");
  // 2024 to 2028: the fifth falls into a leap year.
  CHECK(end_of(bounds("2023-11-23T05:00:00Z", leap)) == "2028-02-29T14:59:59Z");
  CHECK(birthday_after(leap, day(2027, 2, 28), 1) == day(2028, 2, 29));
  CHECK(birthday_after(leap, day(2027, 2, 27), 1) == day(2027, 2, 28));
  CHECK(birthday_after(leap, day(2028, 2, 28), 1) == day(2028, 2, 29));
}

TEST_CASE("a renewal with less than three months left ends at the sixth birthday") {
  ValidityBounds renewal = bounds("2026-11-23T05:00:00Z", day(1980, 2, 17));
  renewal.birthdays = 6;
  CHECK(end_of(renewal) == "2032-02-17T14:59:59Z");
}

TEST_CASE("the card, the authentication certificate and the CA bound the end; the earliest counts") {
  ValidityBounds given = bounds("2026-11-23T05:00:00Z", day(1980, 2, 17));
  given.issuer_ends = at("2031-01-01T14:59:59Z");
  CHECK(end_of(given) == "2031-01-01T14:59:59Z");
  given.authentication_ends = at("2030-06-01T14:59:59Z");
  CHECK(end_of(given) == "2030-06-01T14:59:59Z");
  given.card_expires = day(2029, 2, 17);
  CHECK(end_of(given) == "2029-02-17T14:59:59Z");
  given.authentication_ends = at("2028-06-01T14:59:59Z");
  CHECK(end_of(given) == "2028-06-01T14:59:59Z");
}

TEST_CASE("a card's last day still counts, the day after is refused with the article") {
  ValidityBounds given = bounds("2026-11-23T05:00:00Z", day(1980, 2, 17));
  given.card_expires = day(2026, 11, 23);
  CHECK(end_of(given) == "2026-11-23T14:59:59Z");
  given.card_expires = day(2026, 11, 22);
  const auto refused = end_of_validity(given);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::refused_by_law);
  CHECK(refused.error().article == "Ordinance 13, 49");
}

TEST_CASE("the first birthday of the newly born is a year away, and birthdays are counted from any day") {
  CHECK(birthday_after(day(2026, 11, 23), day(2026, 11, 23), 1) == day(2027, 11, 23));
  CHECK(birthday_after(day(1868, 1, 25), day(2026, 1, 24), 1) == day(2026, 1, 25));
  CHECK(birthday_after(day(1980, 12, 31), day(2026, 12, 30), 5) == day(2030, 12, 31));
}

TEST_CASE("a CA ends the day before its tenth anniversary in Japan, as the six public ones do") {
  struct Row {
    const char* begins;
    const char* ends;
  };
  // docs/profiles.md section 1.
  for (const Row& row : std::array{Row{"2015-10-20T02:40:28Z", "2025-10-19T14:59:59Z"},
                                   Row{"2015-10-20T03:08:13Z", "2025-10-19T14:59:59Z"},
                                   Row{"2019-09-14T23:41:56Z", "2029-09-14T14:59:59Z"},
                                   Row{"2019-09-14T23:41:59Z", "2029-09-14T14:59:59Z"},
                                   Row{"2023-07-16T00:50:27Z", "2033-07-15T14:59:59Z"},
                                   Row{"2023-07-16T01:01:04Z", "2033-07-15T14:59:59Z"}}) {
    CAPTURE(row.begins);
    CHECK(pki::to_rfc3339(end_of_ca_validity(at(row.begins))) == row.ends);
  }
}

}  // namespace law
