// The statistics as text and CSV, from one answer of the API.

#include "cli/stats_tables.h"

#include <doctest/doctest.h>

#include <sstream>

#include "cli/csv.h"
#include "cli/display_width.h"

namespace cli {

namespace {

json::object counts(std::uint64_t sign, std::uint64_t auth) {
  const auto states = [](std::uint64_t valid) {
    return json::object{{"issued", valid + 1}, {"valid", valid}, {"held", 0}, {"revoked", 1}, {"expired", 0}};
  };
  const json::object none{{"issued", 0}, {"valid", 0}, {"held", 0}, {"revoked", 0}, {"expired", 0}};
  return {{"sign", states(sign)}, {"auth", states(auth)}, {"mobile-sign", none}, {"mobile-auth", none}};
}

json::object example() {
  json::object ward{{"group", "special-wards"},
                    {"name_ja", "特別区"},
                    {"name_en", "Special wards"},
                    {"certificates", counts(2, 3)}};
  json::object city{{"code", "132217"},
                    {"name_ja", "東京都清瀬市"},
                    {"name_en", "Kiyose-shi, Tokyo-to"},
                    {"certificates", counts(2, 3)}};
  json::object age{{"sex", "male"}, {"age", "100+"}, {"certificates", counts(2, 3)}};
  const auto table = [](json::object row) {
    return json::object{{"rows", json::array{std::move(row)}}, {"total", counts(2, 3)}};
  };
  return {{"on", "2026-11-23"},
          {"total", counts(2, 3)},
          {"tables",
           json::object{{"groups", table(ward)}, {"municipalities", table(city)}, {"ages", table(age)}}}};
}

}  // namespace

TEST_CASE("the text has the tables in both languages, with their totals, and no empty kinds") {
  const std::string en = stats_as_text(example(), Language::en);
  CHECK(en.find("Certificates issued and valid on 2026-11-23") == 0);
  CHECK(en.find("               sign issued  sign valid  auth issued  auth valid\n"
                "Special wards            3           2            4           3\n"
                "Total                    3           2            4           3\n") != std::string::npos);
  CHECK(en.find("male 100+") != std::string::npos);
  CHECK(en.find("mobile") == std::string::npos);
  CHECK(en.find("Kiyose") == std::string::npos);
  const std::string ja = stats_as_text(example(), Language::ja);
  CHECK(ja.find("男 100歳以上") != std::string::npos);
  CHECK(ja.find("合計") != std::string::npos);
}

TEST_CASE("columns are aligned by what characters take on a terminal") {
  std::istringstream lines(stats_as_text(example(), Language::ja));
  std::string line, head;
  while (std::getline(lines, line)) {
    if (line.find("発行") != std::string::npos && line.starts_with(" ")) head = line;
    if (line.starts_with("特別区")) CHECK(display_width(line) == display_width(head));
  }
  CHECK_FALSE(head.empty());
}

TEST_CASE("the CSV has a line for each row and kind, and can be read back") {
  const auto rows = parse_csv(stats_as_csv(example(), Language::en)).value();
  CHECK(rows.size() == 3 * 2 * 4);
  CHECK(rows[0].fields.at("table") == "groups");
  CHECK(rows[0].fields.at("code") == "special-wards");
  CHECK(rows[0].fields.at("kind") == "sign");
  CHECK(rows[0].fields.at("issued") == "3");
  CHECK(rows[4].fields.at("code") == "total");
  CHECK(rows[8].fields.at("name") == "Kiyose-shi, Tokyo-to");
  CHECK(rows[16].fields.at("sex") == "male");
}

}  // namespace cli
