// jpki completion bash|zsh|fish, jpki man: what is made from the definitions of the commands and of the
// configuration.

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "cli/command_tree.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

int complete(const CommandLine& line, const std::string& shell) {
  const CommandHelp tree = command_tree(line.app);
  if (shell == "bash")
    std::cout << bash_completion(tree);
  else if (shell == "zsh")
    std::cout << zsh_completion(tree);
  else if (shell == "fish")
    std::cout << fish_completion(tree);
  else
    throw Failure(kUsage, messages::completion_shells);
  return kDone;
}

int write_pages(const CommandHelp& tree, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const CommandHelp* command : all_commands(tree))
    write_file(folder / (manual_name(*command) + ".1"), pki::as_bytes(manual_page(*command)),
               FileSecrecy::open);
  write_file(folder / "jpki.toml.5", pki::as_bytes(configuration_page()), FileSecrecy::open);
  return kDone;
}

int manual(const CommandLine& line, const std::string& page, const std::string& out) {
  const CommandHelp tree = command_tree(line.app);
  if (!out.empty()) return write_pages(tree, out);
  if (page == "jpki.toml") {
    std::cout << configuration_page();
    return kDone;
  }
  const auto commands = all_commands(tree);
  const auto found =
      std::ranges::find(commands, page, [](const CommandHelp* command) { return manual_name(*command); });
  if (found == commands.end()) throw Failure(kUsage, {messages::page_unknown, page});
  std::cout << manual_page(**found);
  return kDone;
}

}  // namespace

void add_help_commands(CommandLine& line) {
  auto shell = std::make_shared<std::string>(), out = std::make_shared<std::string>();
  const Command completion =
      add_command(line, line.app, "completion", "A completion script for a shell",
                  "jpki completion bash >~/.local/share/bash-completion/completions/jpki");
  completion.add_option("SHELL", *shell, "bash, zsh or fish").required();
  on_run(line, completion, [&line, shell] { return complete(line, *shell); });

  // A command's own words would be taken for that command.
  auto page = std::make_shared<std::string>("jpki");
  const Command man = add_command(line, line.app, "man", "The manual page of a command, for man(1)",
                                  "jpki man jpki-resident-add | man -l -");
  man.add_option("PAGE", *page, "jpki, the command's words with dashes between, or jpki.toml");
  man.add_option("--out", *out, "Write the pages of all commands into this folder");
  on_run(line, man, [&line, page, out] { return manual(line, *page, *out); });
}

}  // namespace cli
