// docs/threat-model.md claims nothing without a test: every test that it names is there.

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <sstream>
#include <string>

#include "tests/support/command.h"

namespace service {

namespace {

std::string text_of(const std::filesystem::path& file) {
  return std::string(pki::as_text(support::read_file(file)));
}

// Without the breaks that the formatter puts into long names: "one " "two" is "one two".
std::string joined(const std::string& source) {
  const std::string whole = std::regex_replace(source, std::regex("\"\\s*\n\\s*\""), "");
  return std::regex_replace(whole, std::regex("TEST_CASE\\(\\s*\""), "TEST_CASE(\"");
}

}  // namespace

TEST_CASE("every row of the threat model names a test file, and every case that it names is in it") {
  std::istringstream lines(text_of(support::source_folder() / "docs/threat-model.md"));
  const std::regex token("`([a-z]+/[a-z_]+_test)`|\"([^\"]+)\"");
  bool inside = false;
  std::size_t files = 0, cases = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) inside = line.starts_with("## 3.");
    if (!inside || !line.starts_with("| ") || line.starts_with("| threat ")) continue;
    CAPTURE(line);
    // The last cell.
    const std::string cell = line.substr(line.rfind('|', line.size() - 2));
    std::string source;
    std::size_t named = 0;
    for (std::sregex_iterator match(cell.begin(), cell.end(), token), end; match != end; ++match) {
      if ((*match)[1].matched) {
        const std::filesystem::path stem = support::source_folder() / "tests" / (*match)[1].str();
        const bool is_script = std::filesystem::exists(stem.string() + ".sh");
        const std::filesystem::path file = stem.string() + (is_script ? ".sh" : ".cpp");
        REQUIRE_MESSAGE(std::filesystem::exists(file), file);
        source = joined(text_of(file));
        ++named;
        ++files;
      } else {
        CAPTURE((*match)[2].str());
        CHECK(source.find("TEST_CASE(\"" + (*match)[2].str() + "\")") != std::string::npos);
        ++cases;
      }
    }
    CHECK(named > 0);
  }
  CHECK(files > 40);
  CHECK(cases > 50);
}

}  // namespace service
