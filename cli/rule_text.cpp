// Columns and words.

#include "cli/rule_text.h"

#include <initializer_list>
#include <optional>

namespace cli {

namespace {

namespace json = boost::json;

std::string column(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string_view reason_of(const law::Rule& rule) {
  return rule.then.reason ? pki::to_string(*rule.then.reason) : std::string_view("-");
}

// What stands beside the article: the key that decides, and what the row rests on when it is not the law.
std::string note_of(const law::Rule& rule) {
  std::string note;
  const auto add = [&note](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  if (rule.whose == law::Whose::holder_abroad) add("of a holder abroad");
  if (rule.whose == law::Whose::holder_moved_out) add("of a holder who moved out and is in no register yet");
  if (rule.unless == law::Exemption::issued_since_notice_of_exit)
    add("not those issued since the notice of exit");
  if (rule.unless == law::Exemption::agrees_with_register)
    add("not those that record what the register says");
  if (rule.unless == law::Exemption::furigana_of_foreigner)
    add("not when the furigana of a foreign resident alone change");
  if (rule.until) add("until " + pki::to_string(*rule.until));
  if (rule.basis == law::LegalBasis::practice) add("practice, as others quote it");
  if (rule.basis == law::LegalBasis::reason_chosen) add("reason code chosen here");
  if (!rule.configuration_key.empty()) add("decided by " + std::string(rule.configuration_key));
  return note;
}

// The clocks of the card are rows, too: each brings a lapse of the card for both kinds.
struct ClockRow {
  const law::CardClock& clock;
  pki::CertificateKind kind;
};

std::vector<ClockRow> clock_rows(std::optional<pki::Date> day) {
  std::vector<ClockRow> rows;
  for (const law::CardClock& clock : law::card_clocks())
    for (const auto kind : {pki::CertificateKind::sign, pki::CertificateKind::auth})
      if (!day || clock.from <= *day) rows.push_back({clock, kind});
  return rows;
}

std::string note_of(const law::CardClock& clock) {
  std::string note(clock.cause ? law::description_of(*clock.cause) : "the card's validity is over");
  if (!clock.unless.empty()) note += "; unless " + std::string(clock.unless);
  return note + "; reason code chosen here";
}

law::Effect effect_of(const ClockRow& row) {
  return law::rule_for({.event = law::Event::card_lapse, .kind = row.kind, .on = row.clock.from})->then;
}

}  // namespace

std::vector<law::Rule> rules_on(pki::Date day) {
  std::vector<law::Rule> rules;
  std::optional<std::pair<law::Event, pki::CertificateKind>> last;
  for (const law::Rule& row : law::all_rules()) {
    if (last == std::pair{row.event, row.kind}) continue;
    last = {row.event, row.kind};
    const auto more = law::rules_for(row.event, row.kind, day);
    rules.insert(rules.end(), more.begin(), more.end());
  }
  return rules;
}

std::string rules_as_text(pki::Date day) {
  std::string words = "On " + pki::to_string(day) + ":\n\n  " + column("event", 25) + column("kind", 6) +
                      column("outcome", 11) + column("when", 31) + column("reason", 22) + "article\n";
  for (const law::Rule& rule : rules_on(day)) {
    const std::string note = note_of(rule);
    words += "  " + column(law::to_string(rule.event), 25) + column(pki::to_string(rule.kind), 6) +
             column(law::to_string(rule.then.outcome), 11) + column(law::to_string(rule.when), 31) +
             column(reason_of(rule), 22) + std::string(rule.law) + (note.empty() ? "" : " [" + note + "]") +
             "\n";
  }
  words += "\nThe clocks of the card, each of which takes both certificates:\n\n";
  for (const ClockRow& row : clock_rows(day)) {
    if (row.kind != pki::CertificateKind::sign) continue;
    const std::string item = row.clock.cause ? law::article_of(*row.clock.cause) + ", " : "";
    words += "  after " + column(law::to_string(row.clock.event), 19) + std::string(row.clock.when) + ": " +
             item + "Ordinance 17, 53 [" + note_of(row.clock) + "]\n";
  }
  words += "\nThe scheme:\n\n";
  for (const law::SchemeDate& date : law::scheme_dates())
    words += "  " + pki::to_string(date.from) + "  " + std::string(date.what) +
             (day < date.from ? " (not yet)" : "") + "\n";
  return words;
}

json::object rules_as_json(pki::Date day) {
  json::array rows;
  for (const law::Rule& rule : rules_on(day))
    rows.push_back(json::object{
        {"event", law::to_string(rule.event)},
        {"kind", pki::to_string(rule.kind)},
        {"outcome", law::to_string(rule.then.outcome)},
        {"when", law::to_string(rule.when)},
        {"whose", law::to_string(rule.whose)},
        {"unless", law::to_string(rule.unless)},
        {"reason", reason_of(rule)},
        {"article", rule.law},
        {"in_force_from", pki::to_string(rule.from)},
        {"basis", law::to_string(rule.basis)},
        {"configuration_key",
         rule.configuration_key.empty() ? json::value(nullptr) : json::value(rule.configuration_key)}});
  for (const ClockRow& row : clock_rows(day)) {
    const law::Effect effect = effect_of(row);
    rows.push_back(json::object{{"event", law::to_string(row.clock.event)},
                                {"kind", pki::to_string(row.kind)},
                                {"outcome", law::to_string(effect.outcome)},
                                {"when", row.clock.when},
                                {"whose", law::to_string(law::Whose::anyone)},
                                {"unless", row.clock.unless.empty() ? "none" : row.clock.unless},
                                {"reason", pki::to_string(*effect.reason)},
                                {"article", law::article_of(row.clock, row.kind)},
                                {"in_force_from", pki::to_string(row.clock.from)},
                                {"basis", law::to_string(law::LegalBasis::reason_chosen)},
                                {"configuration_key", nullptr}});
  }
  return {{"on", pki::to_string(day)}, {"rules", std::move(rows)}};
}

std::string rules_as_markdown() {
  std::string text =
      "| event | kind | in force from | outcome | when | reason | article | note |\n"
      "|---|---|---|---|---|---|---|---|\n";
  const auto row = [&text](std::initializer_list<std::string_view> cells) {
    for (const std::string_view cell : cells)
      text += "| " + std::string(cell) + " ";
    text += "|\n";
  };
  for (const law::Rule& rule : law::all_rules())
    row({"`" + std::string(law::to_string(rule.event)) + "`", pki::to_string(rule.kind),
         pki::to_string(rule.from), law::to_string(rule.then.outcome), law::to_string(rule.when),
         reason_of(rule), rule.law, note_of(rule)});
  for (const ClockRow& clock : clock_rows({}))
    row({"`" + std::string(law::to_string(clock.clock.event)) + "`", pki::to_string(clock.kind),
         pki::to_string(clock.clock.from), law::to_string(effect_of(clock).outcome), clock.clock.when,
         pki::to_string(*effect_of(clock).reason), law::article_of(clock.clock, clock.kind),
         note_of(clock.clock)});
  return text;
}

}  // namespace cli
