// Reads CLI11's definitions.

#include "cli/command_tree.h"

#include <CLI/App.hpp>
#include <algorithm>

#include "law/rule.h"

namespace cli {

namespace {

// The events are the rule table's, not the parser's.
std::vector<std::string> event_names() {
  std::vector<std::string> names;
  for (const law::Rule& rule : law::all_rules()) {
    const std::string name(law::to_string(rule.event));
    // `cert issue --renew` records a renewal; it is not reported as an event.
    const bool is_reported = rule.event != law::Event::renewal;
    if (is_reported && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  names.emplace_back("ca-key-compromise");
  return names;
}

using Choices = std::vector<std::string>;

struct ChoicesRow {
  const char* command;  // Empty: of every command.
  const char* name;
  Choices choices;
};

// The values that the parser or the server takes; a row of a command stands before that of all.
const std::vector<ChoicesRow>& choices_table() {
  static const std::vector<ChoicesRow> rows = {
      {"crl list", "--kind", {"complete", "delta", "authority"}},
      {"crl list", "--point", {"all"}},
      {"completion", "SHELL", {"bash", "zsh", "fish"}},
      {"ca roll", "CA", {"sign", "auth", "ops"}},
      {"cert show", "CA", {"sign", "auth"}},
      {"cert export", "CA", {"sign", "auth"}},
      {"stats", "--format", {"text", "csv", "json"}},
      {"events import", "--format", {"csv", "jsonl"}},
      {"mock", "--log", {"requests"}},
      {"mock", "--states", {"all"}},
      {"mock faults", "--clear", {"all"}},
      {"", "--as", {"call-centre", "officer", "supervisor", "auditor", "register-reader", "municipality:"}},
      {"", "--ca", {"sign", "auth"}},
      {"", "--class", {"signature", "group-signature", "authentication", "specific-authentication"}},
      {"",
       "--correction",
       {"plain-form", "glyph", "area-renaming", "lot-number", "residence-indication", "building-name",
        "building-renaming"}},
      {"", "--encoding", {"utf-8", "cp932", "euc-jp"}},
      {"", "--for", {"tls", "signature", "pinless"}},
      {"", "--hash", {"sha1", "sha256", "sha384", "sha512"}},
      {"", "--issuer", {"sign-1", "auth-1"}},
      {"", "--item", {"name", "address", "birth", "sex"}},
      {"", "--key", {"p-256", "p-384", "rsa-2048"}},
      {"", "--kind", {"sign", "auth", "mobile-sign", "mobile-auth"}},
      {"", "--lang", {"en", "ja"}},
      {"", "--log-format", {"text", "logfmt", "json"}},
      {"", "--log-level", {"info", "error"}},
      {"",
       "--reason",
       {"company-batch", "evacuation", "domestic-violence", "stalking", "child-abuse", "specified-age",
        "equivalent"}},
      {"", "--role", {"call-centre", "officer", "supervisor", "auditor", "register-reader", "municipality:"}},
      {"", "--sex", {"male", "female", "unknown"}},
      {"", "--state", {"resident", "abroad", "moved-out", "removed"}},
      {"", "--tables", {"all", "regions"}}};
  return rows;
}

Choices choices_of(const std::string& command, const std::string& name) {
  // --issuer of `ocsp query` is a file.
  if (command == "ocsp query" && name == "--issuer") return {};
  if (command == "event" && name == "NAME") return event_names();
  const auto row = std::ranges::find_if(choices_table(), [&](const ChoicesRow& one) {
    return name == one.name && (*one.command == '\0' || command == one.command);
  });
  return row == choices_table().end() ? Choices{} : row->choices;
}

// The example of a footer, without its heading.
std::string read_example(std::string footer) {
  for (const std::string_view heading : {"Example:\n", "例:\n"})
    if (footer.starts_with(heading)) return footer.substr(heading.size());
  return footer;
}

OptionHelp read_option(const CLI::Option& option, const CommandHelp& command) {
  OptionHelp help;
  help.is_positional = option.get_positional();
  help.is_required = option.get_required();
  help.takes_value = help.is_positional || option.get_items_expected_max() > 0;
  help.text = option.get_description();
  if (help.is_positional) {
    help.names = {option.get_name(true)};
    help.choices = choices_of(command.words(), help.names.front());
    return help;
  }
  for (const std::string& name : option.get_snames())
    help.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    help.names.push_back("--" + name);
  if (help.takes_value) {
    if (!help.names.empty()) help.choices = choices_of(command.words(), help.names.back());
    help.default_text = option.get_default_str();
  }
  return help;
}

CommandHelp read_command(const CLI::App& app, std::vector<std::string> path) {
  CommandHelp command{.path = std::move(path),
                      .text = app.get_description(),
                      .example = read_example(app.get_footer()),
                      .options = {},
                      .commands = {}};
  for (const CLI::Option* option : app.get_options())
    command.options.push_back(read_option(*option, command));
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    std::vector<std::string> below = command.path;
    below.push_back(sub->get_name());
    command.commands.push_back(read_command(*sub, std::move(below)));
  }
  return command;
}

void collect(const CommandHelp& command, std::vector<const CommandHelp*>& list) {
  list.push_back(&command);
  for (const CommandHelp& sub : command.commands)
    collect(sub, list);
}

}  // namespace

std::string CommandHelp::words() const {
  std::string text;
  for (std::size_t i = 1; i < path.size(); ++i)
    text += (i > 1 ? " " : "") + path[i];
  return text;
}

CommandHelp command_tree(const Command& app) {
  return read_command(app.parser(), {"jpki"});
}

std::vector<const CommandHelp*> all_commands(const CommandHelp& tree) {
  std::vector<const CommandHelp*> list;
  collect(tree, list);
  return list;
}

}  // namespace cli
