// Columns and words.

#include "cli/rule_text.h"

namespace cli {

namespace {

namespace json = boost::json;

std::string column(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string_view reason_of(const law::Rule& rule) {
  return rule.reason ? pki::to_string(*rule.reason) : std::string_view("-");
}

// What stands beside the article: the key that decides, and what the row rests on when it is not the law.
std::string note_of(const law::Rule& rule) {
  std::string note;
  const auto add = [&note](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  if (rule.exemption == law::Exemption::issued_since_notice_of_exit)
    add("not those issued since the notice of exit");
  if (rule.basis == law::Basis::practice) add("practice, as others quote it");
  if (rule.basis == law::Basis::reason_chosen) add("reason code chosen here");
  if (!rule.configuration_key.empty()) add("decided by " + std::string(rule.configuration_key));
  return note;
}

}  // namespace

std::vector<law::Rule> rules_on(pki::Date day) {
  std::vector<law::Rule> rules;
  for (const law::Rule& row : law::all_rules()) {
    const auto rule = law::rule_for(row.event, row.kind, day);
    if (rule && rule->in_force_from == row.in_force_from) rules.push_back(*rule);
  }
  return rules;
}

std::string rules_as_text(pki::Date day) {
  std::string words = "On " + pki::to_string(day) + ":\n\n  " + column("event", 25) + column("kind", 6) +
                      column("outcome", 11) + column("when", 31) + column("reason", 22) + "article\n";
  for (const law::Rule& rule : rules_on(day)) {
    const std::string note = note_of(rule);
    words += "  " + column(law::to_string(rule.event), 25) + column(pki::to_string(rule.kind), 6) +
             column(law::to_string(rule.outcome), 11) + column(law::to_string(rule.moment), 31) +
             column(reason_of(rule), 22) + std::string(rule.article) +
             (note.empty() ? "" : " [" + note + "]") + "\n";
  }
  words += "\nThe scheme:\n\n";
  for (const law::SchemeDate& date : law::scheme_dates())
    words += "  " + pki::to_string(date.from) + "  " + std::string(date.what) +
             (day < date.from ? " (not yet)" : "") + "\n";
  return words;
}

json::array rules_as_json(pki::Date day) {
  json::array rows;
  for (const law::Rule& rule : rules_on(day))
    rows.push_back(json::object{
        {"event", law::to_string(rule.event)},
        {"kind", pki::to_string(rule.kind)},
        {"outcome", law::to_string(rule.outcome)},
        {"when", law::to_string(rule.moment)},
        {"unless", law::to_string(rule.exemption)},
        {"reason", reason_of(rule)},
        {"article", rule.article},
        {"in_force_from", pki::to_string(rule.in_force_from)},
        {"basis", law::to_string(rule.basis)},
        {"configuration_key",
         rule.configuration_key.empty() ? json::value(nullptr) : json::value(rule.configuration_key)}});
  return rows;
}

std::string rules_as_markdown() {
  std::string text =
      "| event | kind | in force from | outcome | when | reason | article | note |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const law::Rule& rule : law::all_rules())
    text += "| `" + std::string(law::to_string(rule.event)) + "` | " +
            std::string(pki::to_string(rule.kind)) + " | " + pki::to_string(rule.in_force_from) + " | " +
            std::string(law::to_string(rule.outcome)) + " | " + std::string(law::to_string(rule.moment)) +
            " | " + std::string(reason_of(rule)) + " | " + std::string(rule.article) + " | " + note_of(rule) +
            " |\n";
  return text;
}

}  // namespace cli
