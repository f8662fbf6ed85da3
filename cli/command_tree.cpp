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
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

// The example of a footer, without its heading.
std::string read_example(std::string footer) {
  constexpr std::string_view kHeading = "Example:\n";
  if (footer.starts_with(kHeading)) footer.erase(0, kHeading.size());
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
    if (command.words() == "event" && help.names.front() == "NAME") help.choices = event_names();
    return help;
  }
  for (const std::string& name : option.get_snames())
    help.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    help.names.push_back("--" + name);
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

CommandHelp command_tree(const CLI::App& app) {
  return read_command(app, {"jpki"});
}

std::vector<const CommandHelp*> all_commands(const CommandHelp& tree) {
  std::vector<const CommandHelp*> list;
  collect(tree, list);
  return list;
}

}  // namespace cli
