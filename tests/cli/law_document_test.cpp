// docs/law.md is generated from the rule table and traces every article of it to a place and a test.

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "cli/rule_text.h"
#include "cli/rule_words.h"
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

// The trace and what is not done.
std::string sections() {
  const std::string document = law_document();
  return document.substr(document.find("\n## 2. "));
}

// The rows of the tables in a text, without the first bar.
std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("| ") && !line.starts_with("| article")) rows.push_back(line.substr(2));
  return rows;
}

// A file of tests and the cases that are named of it.
struct Named {
  std::string file;
  std::vector<std::string> cases;
};

std::vector<Named> named_tests() {
  std::vector<Named> list;
  const std::regex token("`(tests/[a-z_]+/[a-z_]+\\.(?:cpp|sh))`|\"([^\"]+)\"");
  for (const std::string& row : rows_of(trace())) {
    // The last cell.
    const std::string cell = row.substr(row.rfind('|', row.size() - 2));
    std::size_t named = 0;
    for (std::sregex_iterator match(cell.begin(), cell.end(), token), end; match != end; ++match) {
      if ((*match)[1].matched)
        list.push_back({(*match)[1], {}});
      else
        list.back().cases.push_back((*match)[2]);
      ++named;
    }
    CAPTURE(row);
    CHECK(named > 0);
  }
  return list;
}

// Act 7 to 38-4, 40, 41, in their order.
std::vector<std::string> articles_to_trace() {
  std::vector<std::string> list;
  for (int number = 7; number <= 41; ++number) {
    if (number == 39) continue;
    list.push_back(std::to_string(number));
    const int last = number == 16 || number == 35 ? 15 : number == 22 ? 3 : number == 38 ? 4 : 1;
    for (int branch = 2; branch <= last; ++branch)
      list.push_back(std::to_string(number) + "-" + std::to_string(branch));
  }
  return list;
}

// The articles of the Act in a cell like "Act 12①2, 31①1; Order 2, 18" or "Act 16-8 to 16-14".
void add_articles(const std::string& cell, const std::vector<std::string>& articles,
                  std::set<std::string>& seen) {
  const std::regex token("(Act|Order|Ordinance|Code|CPS|provisions) |(\\d+(?:-\\d+)?)(?:[^ ,;]*)?( to )?");
  bool is_act = false, goes_on = false;
  std::string last;
  for (std::sregex_iterator match(cell.begin(), cell.end(), token), end; match != end; ++match) {
    if ((*match)[1].matched) {
      const std::string before = match->prefix();
      is_act = (*match)[1] == "Act" && !before.ends_with("Number ") && !before.ends_with("Registry ");
      continue;
    }
    if (!is_act) continue;
    const std::string article = (*match)[2];
    seen.insert(article);
    const auto from = std::ranges::find(articles, last), to = std::ranges::find(articles, article);
    if (goes_on && from < to) seen.insert(from, to);
    goes_on = (*match)[3].matched;
    last = article;
  }
}

}  // namespace

TEST_CASE("the table of docs/law.md is the one in the program") {
  // To bring it up to date: put what `jpki rules --markdown` prints between the two marks.
  const std::string document = law_document();
  const std::string first = "<!-- jpki rules --markdown -->\n", last = "<!-- end of the table -->";
  const auto begin = document.find(first), end = document.find(last);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  CHECK(document.substr(begin + first.size(), end - begin - first.size()) == rules_as_markdown());
}

TEST_CASE("the trace of docs/law.md names every event of the table") {
  const std::string text = trace();
  for (const law::Rule& rule : law::all_rules()) {
    CAPTURE(law::to_string(rule.event));
    CHECK(text.find("`" + std::string(law::to_string(rule.event)) + "`") != std::string::npos);
  }
}

TEST_CASE("every test case that docs/law.md names exists in its file and is not skipped") {
  std::size_t cases = 0;
  for (const Named& named : named_tests()) {
    CAPTURE(named.file);
    REQUIRE(std::filesystem::exists(support::source_folder() / named.file));
    const std::string source(pki::as_text(support::read_file(support::source_folder() / named.file)));
    // A script holds one thing, and says what in its first lines.
    CHECK(named.cases.empty() == named.file.ends_with(".sh"));
    for (const std::string& name : named.cases) {
      CAPTURE(name);
      // What follows a decorator (doctest::skip, should_fail) would not end the line so.
      CHECK(source.find("TEST_CASE(\"" + name + "\") {") != std::string::npos);
      ++cases;
    }
  }
  CHECK(cases > 80);
}

TEST_CASE("no article of Act 7 to 38-4, 40 and 41 is left out of docs/law.md") {
  const std::vector<std::string> articles = articles_to_trace();
  std::set<std::string> seen;
  for (const std::string& row : rows_of(sections()))
    add_articles(row.substr(0, row.find('|')), articles, seen);
  for (const std::string& article : articles) {
    CAPTURE(article);
    CHECK(seen.contains(article));
  }
}

TEST_CASE("the rules of a day leave out what was not yet, or no longer, in force") {
  const auto has = [](pki::Date day, std::string_view event) {
    return rules_as_text(day, pki::Language::en).find("  " + std::string(event) + " ") != std::string::npos;
  };
  using namespace std::chrono_literals;
  CHECK_FALSE(has(2026y / 5 / 25, "furigana-entry"));
  CHECK(has(2026y / 5 / 26, "furigana-entry"));
  CHECK(rules_on(2015y / 12 / 31).empty());
  // One row an event, kind, moment and holder, whatever the number of dates.
  std::set<std::tuple<law::Event, pki::CertificateKind, law::Moment, law::Whose>> seen;
  for (const law::Rule& rule : rules_on(2026y / 11 / 23))
    CHECK(seen.emplace(rule.event, rule.kind, rule.when, rule.whose).second);
  // The clocks of the card are rows for both kinds.
  CHECK(rules_as_json(2026y / 11 / 23).at("rules").as_array().size() ==
        seen.size() + 2 * law::card_clocks().size());
  CHECK(rules_as_text(2026y / 11 / 23, pki::Language::en).find("90 days after the record of a move-in") !=
        std::string::npos);
  CHECK(rules_as_json(2024y / 5 / 26).at("rules").as_array().size() <
        rules_as_json(2024y / 5 / 27).at("rules").as_array().size());
}

TEST_CASE("jpki rules has Japanese for every word of the law's tables") {
  using namespace std::chrono_literals;
  const auto is_translated = [](std::string_view english) {
    CAPTURE(english);
    const auto words = words_of_law(english, pki::Language::ja);
    REQUIRE(words.has_value());
    CHECK(*words != english);
    CHECK(words_of_law(english, pki::Language::en) == english);
  };
  for (const law::Rule& rule : law::all_rules())
    is_translated(law::to_string(rule.when));
  for (const law::SchemeDate& date : law::scheme_dates())
    is_translated(date.what);
  for (const law::CardClock& clock : law::card_clocks()) {
    is_translated(clock.when);
    if (!clock.unless.empty()) is_translated(clock.unless);
  }
  for (int item = 1; item <= 14; ++item)
    is_translated(law::description_of(static_cast<registry::LapseCause>(item)));
  const std::string text = rules_as_text(2026y / 11 / 23, pki::Language::ja);
  CHECK(text.find("住所の変更（転居・転入）") != std::string::npos);
  CHECK(text.find("法第12条") != std::string::npos);
  CHECK(text.find("Ordinance") == std::string::npos);
  CHECK(text.find(" the ") == std::string::npos);
}

}  // namespace cli
