// The documents name for each event the fields of the program's table, no more and no fewer.

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "law/event_fields.h"

namespace cli {

namespace {

using Names = std::set<std::string>;

std::string document(const char* name) {
  const std::ifstream file(std::string(JPKI_SOURCE_DIR) + "/docs/" + name);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Every match of the first group.
Names matches(const std::string& text, const char* pattern) {
  Names names;
  const std::regex expression(pattern);
  for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match)
    names.insert((*match)[1]);
  return names;
}

std::vector<law::Event> reported_events() {
  std::vector<law::Event> events;
  for (const law::Rule& rule : law::all_rules())
    if (law::is_reported(rule.event) && std::ranges::find(events, rule.event) == events.end())
      events.push_back(rule.event);
  return events;
}

// Event → options, of the table in docs/cli.md that begins with NAME.
std::map<std::string, Names> documented_options() {
  std::map<std::string, Names> options;
  std::istringstream lines(document("cli.md"));
  std::string line;
  while (std::getline(lines, line) && line != "| NAME | items | |") {
  }
  while (std::getline(lines, line) && line.starts_with("|")) {
    const std::size_t end = line.find(" | ");
    const std::string names = line.substr(0, end);
    const std::string items = line.substr(end + 2, line.rfind(" |", line.size() - 3) - end - 2);
    for (const std::string& name : matches(names, "`([a-z-]+)`"))
      options[name] = matches(items, "(--[a-z-]+)");
  }
  return options;
}

}  // namespace

TEST_CASE("docs/cli.md names the options of each event") {
  const auto documented = documented_options();
  for (const law::Event event : reported_events()) {
    const std::string name(to_string(event));
    CAPTURE(name);
    REQUIRE(documented.contains(name));
    Names options;
    for (const law::TakenField& taken : law::fields_taken_by(event))
      options.insert(law::option_of(law::row_of(taken.field)));
    CHECK(documented.at(name) == options);
  }
}

TEST_CASE("docs/cli.md names the columns of a feed") {
  const std::string text = document("cli.md");
  std::smatch match;
  REQUIRE(std::regex_search(text, match, std::regex("`(event_id,[a-z_,]+)`")));
  Names columns;
  for (const law::FieldRow& row : law::event_field_rows())
    columns.insert(std::string(row.name));
  CHECK(matches(match[1], "([a-z_]+)") == columns);
}

TEST_CASE("docs/openapi.yaml has the members and the names of events") {
  const std::string text = document("openapi.yaml");
  const std::size_t begin = text.find("\n    NewEvent:\n");
  REQUIRE(begin != std::string::npos);
  const std::string schema = text.substr(begin, text.find("\n    Consequence:\n") - begin);
  Names members = {"resident", "event", "dry_run"};
  for (const law::FieldRow& row : law::event_field_rows())
    members.insert(std::string(row.name));
  CHECK(matches(schema, "\n        ([a-z_]+):") == members);

  const std::size_t names = text.find("\n    EventName:\n");
  REQUIRE(names != std::string::npos);
  Names events = {"renewal"};
  for (const law::Event event : reported_events())
    events.insert(std::string(to_string(event)));
  const std::string list = text.substr(text.find('[', names), text.find(']', names) - text.find('[', names));
  CHECK(matches(list, "([a-z-]+)") == events);
}

}  // namespace cli
