// CSV after RFC 4180, as municipalities write it.

#include "cli/csv.h"

#include <doctest/doctest.h>

namespace cli {

namespace {

std::string refusal(std::string_view text) {
  const auto rows = parse_csv(text);
  CAPTURE(text);
  REQUIRE(rows.has_error());
  CHECK(rows.error().code == pki::Errc::malformed);
  return rows.error().text();
}

}  // namespace

TEST_CASE("rows are read by the names of the header, with the lines on which they begin") {
  const auto rows = parse_csv("id,name\n1,模擬　太郎\n2,花子\n").value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].line == 2);
  CHECK(rows[0].fields.at("name") == "模擬　太郎");
  CHECK(rows[1].line == 3);
  CHECK(rows[1].fields.at("id") == "2");
}

TEST_CASE("a byte order mark, CR LF and a missing last line end are understood") {
  const auto rows = parse_csv("\xEF\xBB\xBFid,name\r\n1,a\r\n2,b").value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].fields.contains("id"));
  CHECK(rows[1].fields.at("name") == "b");
}

TEST_CASE("quoted fields hold commas, quotes and line ends") {
  const auto rows = parse_csv("id,name\n1,\"a,\"\"b\"\"\nc\"\n2,d\n").value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].fields.at("name") == "a,\"b\"\nc");
  CHECK(rows[1].line == 4);
  CHECK(parse_csv("id,name\n1,\"\"\n")->at(0).fields.at("name").empty());
}

TEST_CASE("empty lines are skipped, empty fields are not") {
  const auto rows = parse_csv("id,name\n\n1,\n\n").value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].fields.at("name").empty());
  CHECK(parse_csv("")->empty());
  CHECK(parse_csv("id,name\n")->empty());
}

TEST_CASE("what is not CSV is refused by its line") {
  CHECK(refusal("id,name\n1,a\n2\n").find("line 3") == 0);
  CHECK(refusal("id,name\n1,a,b\n").find("line 2") == 0);
  CHECK(refusal("id,name\n1,\"open\n").find("line 2") == 0);
  CHECK(refusal("id,name\n1,a\"b\"\n").find("line 2") == 0);
  // Bytes after a closing quote (RFC 4180 section 2, rule 5).
  CHECK(refusal("id,name\n1,\"a\"b\n").find("line 2") == 0);
}

TEST_CASE("a column that occurs twice is refused, since either could count") {
  CHECK(refusal("id,id\n1,2\n").find("line 1") == 0);
}

}  // namespace cli
