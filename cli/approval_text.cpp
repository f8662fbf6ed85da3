// Lines out of the JSON of approvals.

#include "cli/approval_text.h"

#include "cli/command.h"
#include "cli/field_words.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

// A text of several lines, indented below its name.
std::string item_words(const json::object& approval, const char* name, Language language) {
  const json::value& value = approval.at(name);
  std::string words = "      " + field_text(name, language) + ": ";
  if (value.is_null()) return words + pki::Message(messages::not_recorded).in(language) + "\n";
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

std::string approval_words(const json::object& entry, Language language) {
  std::string words;
  for (const json::value& value : entry.at("approvals").as_array()) {
    const json::object& approval = value.as_object();
    const std::string kind = text_field(approval, "kind");
    words += "    " +
             pki::Message(messages::approval_from, value_text(kind, language), text_field(approval, "date"))
                 .in(language);
    if (!approval.at("until").is_null())
      words += pki::Message(messages::until, text_field(approval, "until")).in(language);
    if (approval.at("in_force").as_bool()) words += pki::Message(messages::in_force).in(language);
    words += "\n";
    if (kind != "cancellation" && kind != "end")
      words += item_words(approval, "plan", language) + item_words(approval, "equipment", language);
  }
  return words;
}

}  // namespace cli
