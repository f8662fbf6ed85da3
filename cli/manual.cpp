// Manual pages in the man macros of troff.

#include "cli/command_tree.h"
#include "pki/version.h"

namespace cli {

namespace {

// The first sentence of the program's help begins with its name.
std::string without_name(const std::string& text) {
  constexpr std::string_view kName = "jpki: ";
  return text.starts_with(kName) ? text.substr(kName.size()) : text;
}

std::string escaped(const std::string& text) {
  return troff_text(text);
}

std::string value_name(const OptionHelp& option) {
  if (!option.takes_value) return {};
  if (option.choices.empty()) return " \\fIVALUE\\fR";
  std::string choices;
  for (const std::string& choice : option.choices)
    choices += (choices.empty() ? "" : "|") + choice;
  return " " + escaped(choices);
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
         (option.default_text.empty() ? "" : " (default: " + escaped(option.default_text) + ")") + "\n";
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

std::string entry(const char* name, const char* text) {
  return std::string(".TP\n") + name + "\n" + text + "\n";
}

std::string exit_status_section(const CommandHelp& command) {
  std::string text =
      ".SH EXIT STATUS\n" + entry("0", "done") +
      entry("1", "refused by a rule, not found, not allowed, in conflict; findings of a check") +
      entry("2", "usage or surroundings: an option, a value, a file, the configuration") +
      entry("3", "not reachable") + entry("4", "internal: a fault of the program, an overloaded server");
  if (command.words() == "ocsp query")
    text +=
        entry("10, 11, 12, 13", "revoked, unknown, an OCSP or HTTP error, an answer that does not verify");
  return text;
}

std::string files_section() {
  return ".SH FILES\n" +
         entry("\\fIDATA\\fR/jpki.toml",
               "the configuration, \\fBjpki.toml\\fR(5); /etc/jpki/jpki.toml of the package") +
         entry("\\fIDATA\\fR/admin.sock", "the socket of operators") +
         entry("\\fIDATA\\fR/store, \\fIDATA\\fR/keys, \\fIDATA\\fR/crl",
               "the store and the private keys, both secret, and the lists that were published");
}

std::string environment_section() {
  return ".SH ENVIRONMENT\n" +
         entry("JPKI_DATA",
               "the data folder without \\-\\-data; else /var/lib/jpki for /usr/bin/jpki, "
               "else jpki\\-data") +
         entry("JPKI_OPS_URL", "the ops listener for \\fBjpki\\-ready\\fR(1) without \\-\\-url") +
         entry("LC_ALL, LC_MESSAGES, LANG",
               "the language without \\-\\-lang, the first that is set: Japanese for ja_JP.UTF\\-8, else "
               "English") +
         entry("TMPDIR", "where \\fBjpki\\-mock\\fR(1) has its files");
}

}  // namespace

std::string troff_text(const std::string& text) {
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
  std::string page = ".\\\" Made by `jpki man`.\n.TH " + escaped(title) + " 1 \"\" \"jpki " +
                     std::string(pki::kVersion) + "\" \"jpki manual\"\n";
  page += ".SH NAME\n" + escaped(name) + " \\- " + escaped(without_name(command.text)) + "\n";
  page += ".SH SYNOPSIS\n" + synopsis(command);
  page += ".SH DESCRIPTION\n" + escaped(without_name(command.text)) + ".\n";
  page += commands_section(command) + options_section(command);
  if (!command.example.empty()) page += ".SH EXAMPLE\n.nf\n" + escaped(command.example) + "\n.fi\n";
  page += exit_status_section(command) + files_section() + environment_section() + ".SH SEE ALSO\n";
  if (command.path.size() > 1) page += ".BR jpki (1)\nfor the options common to all commands,\n";
  page += ".BR jpki.toml (5)\n";
  return page;
}

}  // namespace cli
