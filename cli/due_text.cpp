// Lines.

#include "cli/due_text.h"

#include "cli/command.h"

namespace cli {

std::string words_of_certificates(const json::array& certificates) {
  std::string words;
  for (const json::value& value : certificates) {
    const json::object& certificate = value.as_object();
    words += "  " + text_field(certificate, "outcome") + " " + text_field(certificate, "certificate") + " (" +
             text_field(certificate, "kind") + ")";
    if (const std::string reason = text_field(certificate, "reason"); !reason.empty()) words += " " + reason;
    words += ": " + text_field(certificate, "article") + "\n";
  }
  return words;
}

std::string words_of_due(const json::object& due) {
  const auto at = pki::parse_rfc3339(text_field(due, "due"));
  std::string words = text_field(due, "event") + " of resident " + text_field(due, "resident");
  if (at) words += " on " + pki::to_string(pki::jst_date(*at));
  words += " (" + text_field(due, "clock");
  if (due.contains("cause")) words += ": " + text_field(due, "cause");
  words += ")\n";
  return words + words_of_certificates(due.at("certificates").as_array());
}

}  // namespace cli
