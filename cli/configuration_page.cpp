// jpki.toml(5): each key with its default and what it takes, from the table by which the file is read.

#include <string>
#include <variant>

#include "cli/command_tree.h"
#include "pki/version.h"
#include "service/config_keys.h"

namespace cli {

namespace {

std::string toml_quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::string text_of(const service::ConfigValue& value) {
  if (const auto* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* const number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* const text = std::get_if<std::string>(&value)) return toml_quoted(*text);
  std::string list;
  for (const std::string& one : std::get<std::vector<std::string>>(value))
    list += (list.empty() ? "" : ", ") + toml_quoted(one);
  return "[" + list + "]";
}

}  // namespace

std::string configuration_page() {
  std::string page =
      ".\\\" Made by `jpki man`.\n.TH JPKI.TOML 5 \"\" \"jpki " + std::string(pki::kVersion) +
      "\" \"jpki manual\"\n.SH NAME\njpki.toml \\- configuration of jpki\n"
      ".SH DESCRIPTION\nA file in TOML. `jpki init` writes it into the data folder, with every key and "
      "its default; the Debian package has it as /etc/jpki/jpki.toml. A key that is not known and a "
      "value that does not fit are refused; `jpki serve \\-\\-check` says where. Changes take effect at "
      "the next start. A key is written in its table: listen.ops is ops below [listen].\n.SH KEYS\n";
  const service::Config defaults;
  for (const service::ConfigKey& key : service::config_keys())
    page += ".TP\n\\fB" + troff_text(key.name) + "\\fR = " + troff_text(text_of(key.get(defaults))) + "\n" +
            troff_text(key.comment) + " " + troff_text("It is " + key.allowed.in(pki::Language::en)) + ".\n";
  return page + ".SH SEE ALSO\n.BR jpki (1),\n.BR jpki\\-serve (1)\n";
}

}  // namespace cli
