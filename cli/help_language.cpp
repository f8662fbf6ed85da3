// The definitions of the commands carry English; Japanese is put over it once they are complete.

#include "cli/help_language.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace cli {

namespace {

#define JPKI_HELP(en, ja) pki::MessageText{{}, en, ja},
constexpr pki::MessageText kTexts[] = {
#include "cli/help_texts.inc"
};
#undef JPKI_HELP

std::string in_japanese(const std::string& text) {
  const auto row = std::ranges::find(kTexts, text, &pki::MessageText::en);
  return row == std::ranges::end(kTexts) ? text : std::string(row->ja);
}

constexpr const char* kOptions = "オプション";
constexpr const char* kCommands = "コマンド";

// The words of CLI11's formatter.
constexpr std::array<std::pair<const char*, const char*>, 9> kLabels = {{{"Usage", "使い方"},
                                                                         {"OPTIONS", kOptions},
                                                                         {"Positionals", "引数"},
                                                                         {"SUBCOMMAND", kCommands},
                                                                         {"SUBCOMMANDS", kCommands},
                                                                         {"REQUIRED", "（必須）"},
                                                                         {"Needs", "併用"},
                                                                         {"Excludes", "併用不可"},
                                                                         {"TEXT", "文字列"}}};

void translate(CLI::App& app) {
  for (const auto& [word, japanese] : kLabels)
    app.get_formatter()->label(word, japanese);
  app.description(in_japanese(app.get_description()));
  constexpr std::string_view kExample = "Example:\n";
  if (const std::string footer = app.get_footer(); footer.starts_with(kExample))
    app.footer("例:\n" + footer.substr(kExample.size()));
  for (CLI::Option* option : app.get_options()) {
    option->description(in_japanese(option->get_description()));
    option->group(kOptions);
  }
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->group(kCommands);
    translate(*command);
  }
}

}  // namespace

const std::vector<pki::MessageText>& help_texts() {
  static const std::vector<pki::MessageText> texts(std::begin(kTexts), std::end(kTexts));
  return texts;
}

void say_help_in_japanese(CLI::App& app) {
  translate(app);
}

}  // namespace cli
