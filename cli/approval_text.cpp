// Lines out of the JSON of approvals.

#include "cli/approval_text.h"

#include "cli/command.h"

namespace cli {

namespace {

// A text of several lines, indented below its name.
std::string item_words(const json::object& approval, const char* name) {
  const json::value& value = approval.at(name);
  std::string words = std::string("      ") + name + ": ";
  if (value.is_null()) return words + "not recorded\n";
  std::string_view text = value.as_string();
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  for (const char c : text) {
    words += c;
    if (c == '\n') words += "        ";
  }
  return words + "\n";
}

}  // namespace

std::string approval_words(const json::object& entry) {
  std::string words;
  for (const json::value& value : entry.at("approvals").as_array()) {
    const json::object& approval = value.as_object();
    const std::string kind = text_field(approval, "kind");
    words += "    " + kind + " from " + text_field(approval, "date");
    if (!approval.at("until").is_null()) words += " until " + text_field(approval, "until");
    words += approval.at("in_force").as_bool() ? " (in force)\n" : "\n";
    if (kind != "cancellation" && kind != "end")
      words += item_words(approval, "plan") + item_words(approval, "equipment");
  }
  return words;
}

}  // namespace cli
