// Manual pages in the man macros of troff.

#include "cli/command_tree.h"

namespace cli {

namespace {

// Text that troff takes literally.
std::string escaped(const std::string& text) {
  std::string result;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) result += "\\&";
    at_start = c == '\n';
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  return result;
}

std::string value_name(const OptionHelp& option) {
  return option.takes_value ? " \\fIVALUE\\fR" : "";
}

std::string synopsis(const CommandHelp& command) {
  std::string text = ".B jpki";
  for (std::size_t i = 1; i < command.path.size(); ++i)
    text += " " + escaped(command.path[i]);
  text += '\n';
  for (const OptionHelp& option : command.options) {
    if (!option.is_positional) continue;
    const std::string name = "\\fI" + escaped(option.names.front()) + "\\fR";
    text += option.is_required ? name + "\n" : "[" + name + "]\n";
  }
  if (!command.commands.empty()) text += "\\fICOMMAND\\fR\n";
  return text + "[\\fIOPTIONS\\fR]\n";
}

std::string option_entry(const OptionHelp& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += (names.empty() ? "" : ", ") + std::string("\\fB") + escaped(name) + "\\fR";
  return ".TP\n" + names + (option.is_positional ? "" : value_name(option)) + "\n" + escaped(option.text) +
         "\n";
}

std::string options_section(const CommandHelp& command) {
  std::string text;
  for (const OptionHelp& option : command.options)
    text += option_entry(option);
  return text.empty() ? text : ".SH OPTIONS\n" + text;
}

std::string commands_section(const CommandHelp& command) {
  if (command.commands.empty()) return {};
  std::string text = ".SH COMMANDS\n";
  for (const CommandHelp& sub : command.commands)
    text += ".TP\n\\fB" + escaped(manual_name(sub)) + "\\fR(1)\n" + escaped(sub.text) + "\n";
  return text;
}

}  // namespace

std::string manual_name(const CommandHelp& command) {
  std::string name;
  for (const std::string& word : command.path)
    name += (name.empty() ? "" : "-") + word;
  return name;
}

std::string manual_page(const CommandHelp& command) {
  const std::string name = manual_name(command);
  std::string title = name;
  for (char& c : title)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  std::string page =
      ".\\\" Made by `jpki man`.\n.TH " + escaped(title) + " 1 \"\" \"jpki\" \"jpki manual\"\n";
  page += ".SH NAME\n" + escaped(name) + " \\- " + escaped(command.text) + "\n";
  page += ".SH SYNOPSIS\n" + synopsis(command);
  page += ".SH DESCRIPTION\n" + escaped(command.text) + ".\n";
  page += commands_section(command) + options_section(command);
  if (!command.example.empty()) page += ".SH EXAMPLE\n.nf\n" + escaped(command.example) + "\n.fi\n";
  if (command.path.size() > 1)
    page += ".SH SEE ALSO\n.BR jpki (1)\nfor the options common to all commands.\n";
  return page;
}

}  // namespace cli
