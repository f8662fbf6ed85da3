// Municipality codes, resident ids, actors and issuer ids: check digits and words.

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <sstream>

#include "registry/actor.h"
#include "registry/municipalities.h"
#include "registry/resident_id.h"
#include "registry/schema.h"
#include "tests/registry/store.h"

namespace registry::testing {

namespace {

const std::vector<Municipality>& table() {
  static const auto rows = parse_municipalities(builtin_municipalities_csv()).value();
  return rows;
}

}  // namespace

TEST_CASE("the table has 47 prefectures, 1,741 municipalities, 171 wards and 1,892 distribution points") {
  std::map<MunicipalityLevel, int> levels;
  int points = 0, with_wards = 0;
  std::set<std::uint32_t> codes;
  for (const Municipality& row : table()) {
    ++levels[row.level];
    points += is_distribution_point(row) ? 1 : 0;
    with_wards += row.has_wards ? 1 : 0;
    CHECK(codes.insert(row.code).second);
    CHECK(row.code % 10 == municipality_check_digit(row.code / 10));
  }
  CHECK(levels[MunicipalityLevel::prefecture] == 47);
  CHECK(levels[MunicipalityLevel::municipality] == 1741);
  CHECK(levels[MunicipalityLevel::ward] == 171);
  CHECK(with_wards == 20);
  CHECK(points == 1892);
}

TEST_CASE("only the two municipalities called Esashi share both romanised names") {
  std::map<std::string, std::vector<std::uint32_t>> names;
  for (const Municipality& row : table())
    if (is_distribution_point(row)) names[row.prefecture_romaji + "/" + row.name_romaji].push_back(row.code);
  std::vector<std::uint32_t> shared;
  for (const auto& [name, codes] : names)
    if (codes.size() > 1) shared.insert(shared.end(), codes.begin(), codes.end());
  CHECK(shared == std::vector<std::uint32_t>{13617, 15148});
}

TEST_CASE("a municipality code has six digits with a right check digit") {
  CHECK(municipality_check_digit(13221) == 7);
  CHECK(parse_municipality_code("132217").value() == 132217);
  CHECK(parse_municipality_code("011002").value() == 11002);
  CHECK(municipality_code_text(11002) == "011002");
  for (const char* text : {"132218", "13221", "1322170", "", "13221a", "-32217", "１３２２１７"}) {
    CAPTURE(text);
    const auto parsed = parse_municipality_code(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code == pki::Errc::invalid_value);
    CHECK(parsed.error().field == "municipality");
  }
  // The message says what would be right.
  CHECK(parse_municipality_code("132218").error().text().find("132217") != std::string::npos);
}

TEST_CASE("a table with a wrong check digit, a code twice or a missing column is refused by line") {
  const std::string header =
      "code,level,prefecture_ja,name_ja,prefecture_romaji,name_romaji,valid_from,valid_to,successor\n";
  const std::string kiyose = "132217,municipality,東京都,清瀬市,Tokyo-to,Kiyose-shi,,,\n";
  CHECK(parse_municipalities(header + kiyose)->size() == 1);
  for (const std::string& bad :
       {header + kiyose + kiyose, header + kiyose + "132218,municipality,a,b,c,d,,,\n",
        header + kiyose + "011002,municipality,a\n", header + kiyose + "011002,county,a,b,c,d,,,\n"}) {
    const auto parsed = parse_municipalities(bad);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().text().find("line 3") != std::string::npos);
  }
}

TEST_CASE("municipalities come back from the store as they were put") {
  Store store;
  const Municipality hamamatsu{.code = 221384,
                               .level = MunicipalityLevel::ward,
                               .prefecture_ja = "静岡県",
                               .name_ja = "浜松市中央区",
                               .prefecture_romaji = "Shizuoka-ken",
                               .name_romaji = "Hamamatsu-shi-Chuo-ku",
                               .valid_from = day(2024, 1, 1),
                               .valid_to = {},
                               .successor = {},
                               .has_wards = false};
  store.write([&](store::WriteTransaction& transaction) { put_municipality(transaction, hamamatsu); });
  const auto got = find_municipality(store.read(), 221384);
  REQUIRE(got.has_value());
  CHECK(got->name_ja == hamamatsu.name_ja);
  CHECK(got->valid_from == hamamatsu.valid_from);
  CHECK(is_distribution_point(*got));
  CHECK_FALSE(find_municipality(store.read(), 132217).has_value());
}

TEST_CASE("a resident's id has eleven digits, the last of which checks the others") {
  CHECK(resident_check_digit(3'447'411'646) == 0);
  CHECK(resident_check_digit(7'727'798'663) == 1);
  CHECK(parse_resident_id("34474116460").has_value());
  CHECK(to_string(make_resident_id(1)).size() == 11);
  CHECK(parse_resident_id(to_string(make_resident_id(1))).value() == make_resident_id(1));
  for (const char* text : {"34474116461", "3447411646", "344741164600", "", "3447411646x", "+4474116460"}) {
    CAPTURE(text);
    const auto parsed = parse_resident_id(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().field == "id");
  }
}

TEST_CASE("every id of the committed residents is valid and unique") {
  std::istringstream lines(std::string(
      pki::as_text(pki::Bytes(support::read_file(support::source_folder() / "testdata/residents.csv")))));
  std::string line;
  std::getline(lines, line);
  std::set<std::string> ids;
  while (std::getline(lines, line)) {
    const std::string id = line.substr(0, line.find(','));
    CAPTURE(id);
    CHECK(parse_resident_id(id).has_value());
    CHECK(ids.insert(id).second);
  }
  CHECK(ids.size() == 2000);
}

TEST_CASE("actors are written as on the command line") {
  for (const char* text : {"municipality:132217", "call-centre", "officer", "supervisor", "auditor"})
    CHECK(to_string(parse_actor(text, "x").value()) == text);
  // The program's own role is not for people.
  for (const char* text :
       {"system", "municipality", "municipality:132218", "officer:132217", "Officer", ""}) {
    CAPTURE(text);
    CHECK(parse_actor(text, "x").has_error());
  }
}

TEST_CASE("issuer ids are written name-generation") {
  for (const char* text : {"sign-1", "auth-2", "ops-1", "sign-12"})
    CHECK(to_string(parse_issuer_id(text).value()) == text);
  for (const char* text : {"sign", "sign-", "sign-0", "sign-256", "sign-01", "foo-1", "sign-1x", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_issuer_id(text).has_value());
  }
}

}  // namespace registry::testing
