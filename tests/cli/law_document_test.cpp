// docs/law.md is generated from the rule table and traces every article of it to a place and a test.

#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "cli/rule_text.h"
#include "tests/support/command.h"

namespace cli {

namespace {

std::string law_document() {
  return std::string(pki::as_text(support::read_file(support::source_folder() / "docs" / "law.md")));
}

// What stands in the second section: article → place → test.
std::string trace() {
  const std::string document = law_document();
  const auto begin = document.find("\n## 2. ");
  REQUIRE(begin != std::string::npos);
  return document.substr(begin, document.find("\n## 3. ") - begin);
}

}  // namespace

TEST_CASE("the table of docs/law.md is the one in the program") {
  // To mend it: put what `jpki rules --markdown` prints between the two marks.
  const std::string document = law_document();
  const std::string first = "<!-- jpki rules --markdown -->\n", last = "<!-- end of the table -->";
  const auto begin = document.find(first), end = document.find(last);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  CHECK(document.substr(begin + first.size(), end - begin - first.size()) == rules_as_markdown());
}

TEST_CASE("the trace of docs/law.md names every event of the table, and only tests that exist") {
  const std::string text = trace();
  for (const law::Rule& rule : law::all_rules()) {
    CAPTURE(law::to_string(rule.event));
    CHECK(text.find("`" + std::string(law::to_string(rule.event)) + "`") != std::string::npos);
  }
  const std::regex path("`(tests/[a-z_]+/[a-z_]+\\.(cpp|sh))`");
  std::set<std::string> files;
  for (std::sregex_iterator match(text.begin(), text.end(), path), end; match != end; ++match)
    files.insert((*match)[1]);
  CHECK(files.size() > 10);
  for (const std::string& file : files) {
    CAPTURE(file);
    CHECK(std::filesystem::exists(support::source_folder() / file));
  }
}

TEST_CASE("the rules of a day leave out what was not yet, or no longer, in force") {
  const auto has = [](pki::Date day, std::string_view event) {
    return rules_as_text(day).find("  " + std::string(event) + " ") != std::string::npos;
  };
  using namespace std::chrono_literals;
  CHECK_FALSE(has(2026y / 5 / 25, "furigana-entry"));
  CHECK(has(2026y / 5 / 26, "furigana-entry"));
  CHECK(rules_on(2015y / 12 / 31).empty());
  // One row an event and kind, whatever the number of dates.
  std::set<std::pair<law::Event, pki::CertificateKind>> seen;
  for (const law::Rule& rule : rules_on(2026y / 11 / 23))
    CHECK(seen.emplace(rule.event, rule.kind).second);
  CHECK(rules_as_json(2026y / 11 / 23).size() == seen.size());
}

}  // namespace cli
