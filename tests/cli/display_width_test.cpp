// Columns on a terminal, and the help that is laid out by them.

#include "cli/display_width.h"

#include <doctest/doctest.h>

#include <CLI/App.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "cli/application.h"
#include "cli/command.h"

namespace cli {

namespace {

// Where the second column of a line of the help begins, in columns; nothing for a line that has one column.
std::optional<std::size_t> second_column(const std::string& line) {
  const std::size_t name = line.find_first_not_of(' '), gap = line.find("  ", name);
  if (name != 2 || gap == std::string::npos) return std::nullopt;
  return display_width(line.substr(0, line.find_first_not_of(' ', gap)));
}

void check_help(const CLI::App& app) {
  std::istringstream lines(app.help());
  for (std::string line; std::getline(lines, line);) {
    // The examples are no columns.
    if (line == "例:" || line == "Example:") break;
    CAPTURE(line);
    if (const auto column = second_column(line)) CHECK(*column == 30);
  }
  for (const CLI::App* command : app.get_subcommands({}))
    check_help(*command);
}

}  // namespace

TEST_CASE("a character takes the columns that a terminal gives it") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("東京都") == 6);
  CHECK(display_width("（必須）") == 8);
  CHECK(display_width("ｱｲｳ") == 3);
  // Ambiguous width: one column in UTF-8.
  CHECK(display_width("…→") == 2);
  CHECK(display_width("\U00020BB7") == 2);
  // A variation selector and a combining mark take none.
  CHECK(display_width("葛\U000E0101") == 2);
  CHECK(display_width("か\u3099") == 2);
}

TEST_CASE("columns are padded, and never cut") {
  CHECK(padded_right("氏名", 6) == "氏名  ");
  CHECK(padded_left("氏名", 6) == "  氏名");
  CHECK(padded_right("氏名", 3) == "氏名");
}

TEST_CASE("the descriptions of the help stand below each other in both languages") {
  for (const Language language : {Language::en, Language::ja}) {
    CommandLine line;
    define_commands(line, language);
    check_help(line.app.parser());
  }
}

}  // namespace cli
