// The language of the commands: how it is chosen, and that the help is complete in Japanese.

#include "cli/language.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "cli/application.h"
#include "cli/command.h"
#include "cli/command_tree.h"
#include "cli/failure.h"
#include "cli/help_language.h"
#include "pki/messages/cli.h"

using cli::Language;

namespace {

bool has_japanese(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
}

// A text without words is the same in every language: "{0}: {1}", "---".
bool has_words(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

cli::CommandHelp help_in(Language language) {
  cli::CommandLine line;
  cli::define_commands(line, language);
  return cli::command_tree(line.app);
}

}  // namespace

TEST_CASE("every command and every option has help in Japanese") {
  const cli::CommandHelp tree = help_in(Language::ja);
  const auto commands = cli::all_commands(tree);
  CHECK(commands.size() > 80);
  for (const cli::CommandHelp* command : commands) {
    CAPTURE(command->words());
    CHECK(has_japanese(command->text));
    for (const cli::OptionHelp& option : command->options) {
      CAPTURE(option.names.back());
      CAPTURE(option.text);
      CHECK((has_japanese(option.text) || !has_words(option.text)));
    }
  }
}

TEST_CASE("every row of the Japanese help is the text of a command or option") {
  const cli::CommandHelp tree = help_in(Language::en);
  std::set<std::string> texts;
  for (const cli::CommandHelp* command : cli::all_commands(tree)) {
    texts.insert(command->text);
    for (const cli::OptionHelp& option : command->options)
      texts.insert(option.text);
  }
  std::set<std::string_view> rows;
  for (const pki::MessageText& row : cli::help_texts()) {
    CAPTURE(row.en);
    CHECK(texts.contains(std::string(row.en)));
    CHECK(rows.insert(row.en).second);
  }
}

TEST_CASE("the help names the same commands, options and examples in both languages") {
  const cli::CommandHelp english = help_in(Language::en), japanese = help_in(Language::ja);
  const auto here = cli::all_commands(english), there = cli::all_commands(japanese);
  REQUIRE(here.size() == there.size());
  for (std::size_t i = 0; i < here.size(); ++i) {
    CHECK(here[i]->path == there[i]->path);
    CHECK(here[i]->example == there[i]->example);
    REQUIRE(here[i]->options.size() == there[i]->options.size());
    for (std::size_t j = 0; j < here[i]->options.size(); ++j)
      CHECK(here[i]->options[j].names == there[i]->options[j].names);
  }
}

TEST_CASE("a locale is Japanese when its language is and its encoding is UTF-8") {
  for (const char* locale : {"ja", "ja_JP", "ja_JP.UTF-8", "ja_JP.utf8", "ja_JP.UTF-8@modifier"}) {
    CAPTURE(locale);
    CHECK(cli::language_of_locale(locale) == Language::ja);
  }
  for (const char* locale :
       {"", "C", "C.UTF-8", "POSIX", "en_US.UTF-8", "jam", "ja_JP.eucJP", "ja_JP.SJIS"}) {
    CAPTURE(locale);
    CHECK(cli::language_of_locale(locale) == Language::en);
  }
}

TEST_CASE("--lang chooses wherever it stands, the last one counts, and what stands behind -- does not") {
  const auto choose = [](const std::vector<const char*>& arguments) {
    return cli::choose_language(arguments);
  };
  CHECK(choose({"jpki", "--lang", "ja", "rules"}) == Language::ja);
  CHECK(choose({"jpki", "rules", "--lang=ja"}) == Language::ja);
  CHECK(choose({"jpki", "--lang", "ja", "rules", "--lang", "en"}) == Language::en);
  CHECK(choose({"jpki", "--lang=ja", "--", "--lang=en"}) == Language::ja);
  CHECK_THROWS_AS(static_cast<void>(cli::parse_language("fr")), cli::Failure);
}

TEST_CASE("a failure is said in the language of its reader, the article with it") {
  const cli::Failure plain(cli::kUsage, cli::messages::lang_form);
  CHECK(std::string(plain.what()) == "--lang must be en or ja");
  CHECK(plain.text(Language::ja) == "--lang には en または ja を指定してください");
  const cli::Failure refused(pki::refused("detail", "Act 6"));
  CHECK(refused.text(Language::en) == "detail (Act 6)");
  CHECK(refused.text(Language::ja) == "detail（公的個人認証法第6条）");
}
