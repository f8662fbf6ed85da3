// The commands and options of the program as plain data, read off the definitions that parse them. Shell
// completion and manual pages are made of it, so they cannot disagree with the program.

#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"

namespace cli {

struct OptionHelp {
  std::vector<std::string> names;  // With their dashes; of a positional one the name alone.
  std::string text;
  bool is_positional = false;
  bool is_required = false;
  bool takes_value = false;
  // What may stand there, where that is a known list.
  std::vector<std::string> choices = {};
  // What counts when it is not given, where the parser knows.
  std::string default_text = {};
};

struct CommandHelp {
  // From the program on: {"jpki", "resident", "add"}.
  std::vector<std::string> path;
  std::string text;
  std::string example;
  std::vector<OptionHelp> options;
  std::vector<CommandHelp> commands;

  // "resident add", without the program's name.
  [[nodiscard]] std::string words() const;
};

// `app` is the program, with everything defined.
[[nodiscard]] CommandHelp command_tree(const Command& app);
// A command and all below it, parents first.
[[nodiscard]] std::vector<const CommandHelp*> all_commands(const CommandHelp& tree);

// A script for the shell's completion.
[[nodiscard]] std::string bash_completion(const CommandHelp& tree);
[[nodiscard]] std::string zsh_completion(const CommandHelp& tree);
[[nodiscard]] std::string fish_completion(const CommandHelp& tree);

// The manual page of one command in section 1, e.g. jpki-resident-add(1), in the man macros of troff.
[[nodiscard]] std::string manual_page(const CommandHelp& command);
// jpki.toml(5), from the table of the keys.
[[nodiscard]] std::string configuration_page();
// The text as troff takes it literally.
[[nodiscard]] std::string troff_text(const std::string& text);
// jpki-resident-add
[[nodiscard]] std::string manual_name(const CommandHelp& command);

}  // namespace cli
