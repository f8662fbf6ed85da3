// Columns and words.

#include "cli/rule_text.h"

#include <initializer_list>
#include <optional>

#include "cli/display_width.h"
#include "cli/due_text.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

namespace json = boost::json;

using pki::Language;

// A cell that fills its column leaves one space to the next.
std::string column(std::string_view text, std::size_t width) {
  return padded_right(std::string(text) + " ", width);
}

std::string_view reason_of(const law::Rule& rule) {
  return rule.then.reason ? pki::to_string(*rule.then.reason) : std::string_view("-");
}

// Notes beside an article: " [one; two]" at the end.
class Notes {
 public:
  explicit Notes(Language language) : language_(language) {}
  void add(const pki::Message& note) { text_ += (text_.empty() ? "" : "; ") + note.in(language_); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  Language language_;
  std::string text_;
};

// What stands beside the article: the key that decides, and what the row rests on when it is not the law.
std::string note_of(const law::Rule& rule, Language language) {
  Notes notes(language);
  if (rule.whose == law::Whose::holder_abroad) notes.add(messages::rules_note_abroad);
  if (rule.whose == law::Whose::holder_moved_out) notes.add(messages::rules_note_moved_out);
  if (rule.unless == law::Exemption::issued_since_notice_of_exit) notes.add(messages::rules_note_window);
  if (rule.unless == law::Exemption::agrees_with_register) notes.add(messages::rules_note_agrees);
  if (rule.unless == law::Exemption::furigana_of_foreigner) notes.add(messages::rules_note_furigana);
  if (rule.until) notes.add({messages::rules_note_until, pki::to_string(*rule.until)});
  if (rule.basis == law::LegalBasis::practice) notes.add(messages::rules_note_practice);
  if (rule.basis == law::LegalBasis::reason_chosen) notes.add(messages::rules_note_chosen);
  if (!rule.configuration_key.empty())
    notes.add({messages::rules_note_decided, std::string(rule.configuration_key)});
  return notes.text();
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

std::string note_of(const law::CardClock& clock, Language language) {
  Notes notes(language);
  notes.add(clock.cause ? pki::Message(law_text(law::description_of(*clock.cause), language))
                        : pki::Message(messages::rules_card_over));
  if (!clock.unless.empty()) notes.add({messages::rules_unless, law_text(clock.unless, language)});
  notes.add(messages::rules_note_chosen);
  return notes.text();
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

namespace {

// The columns of the table for a terminal; the Japanese words of an event hold its name as well.
struct Widths {
  std::size_t event, kind, outcome, when, reason;
};

std::string table_of(pki::Date day, Language language) {
  const Widths widths = language == Language::en ? Widths{25, 6, 11, 31, 22} : Widths{56, 26, 16, 18, 22};
  const auto line = [&widths](std::string_view event, std::string_view kind, std::string_view outcome,
                              std::string_view when, std::string_view reason, const std::string& article) {
    return "  " + column(event, widths.event) + column(kind, widths.kind) + column(outcome, widths.outcome) +
           column(when, widths.when) + column(reason, widths.reason) + article + "\n";
  };
  const auto head = [language](const pki::MessageText& entry) { return pki::Message(entry).in(language); };
  std::string words = line(head(messages::rules_column_event), head(messages::rules_column_kind),
                           head(messages::rules_column_outcome), head(messages::rules_column_when),
                           head(messages::rules_column_reason), head(messages::rules_column_article));
  for (const law::Rule& rule : rules_on(day)) {
    const std::string note = note_of(rule, language);
    words += line(event_text(std::string(law::to_string(rule.event)), language),
                  kind_text(std::string(pki::to_string(rule.kind)), language),
                  outcome_text(std::string(law::to_string(rule.then.outcome)), language),
                  law_text(law::to_string(rule.when), language), reason_of(rule),
                  article_text(std::string(rule.law), language) + (note.empty() ? "" : " [" + note + "]"));
  }
  return words;
}

std::string clocks_of(pki::Date day, Language language) {
  std::string words;
  for (const ClockRow& row : clock_rows(day)) {
    if (row.kind != pki::CertificateKind::sign) continue;
    const std::string event = event_text(std::string(law::to_string(row.clock.event)), language);
    std::string item;
    if (row.clock.cause) item = article_text(law::article_of(*row.clock.cause), language) + ", ";
    const pki::Message line(messages::rules_clock_row, language == Language::en ? column(event, 19) : event,
                            law_text(row.clock.when, language), item);
    words += "  " + line.in(language) + " [" + note_of(row.clock, language) + "]\n";
  }
  return words;
}

}  // namespace

std::string rules_as_text(pki::Date day, Language language) {
  const auto title = [language](const pki::MessageText& entry, auto... arguments) {
    return pki::Message(entry, arguments...).in(language) + "\n\n";
  };
  std::string words = title(messages::rules_on_day, pki::to_string(day)) + table_of(day, language);
  words += "\n" + title(messages::rules_clocks) + clocks_of(day, language);
  words += "\n" + title(messages::rules_scheme);
  for (const law::SchemeDate& date : law::scheme_dates())
    words += "  " + pki::to_string(date.from) + "  " + law_text(date.what, language) +
             (day < date.from ? pki::Message(messages::rules_not_yet).in(language) : "") + "\n";
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
         reason_of(rule), rule.law, note_of(rule, Language::en)});
  for (const ClockRow& clock : clock_rows({}))
    row({"`" + std::string(law::to_string(clock.clock.event)) + "`", pki::to_string(clock.kind),
         pki::to_string(clock.clock.from), law::to_string(effect_of(clock).outcome), clock.clock.when,
         pki::to_string(*effect_of(clock).reason), law::article_of(clock.clock, clock.kind),
         note_of(clock.clock, Language::en)});
  return text;
}

}  // namespace cli
