// One line for each event that is due, and one for each certificate that it changes.

#include "cli/due_text.h"

#include <array>
#include <utility>

#include "cli/command.h"
#include "cli/explain_words.h"
#include "cli/rule_words.h"
#include "pki/messages/cli.h"
#include "pki/time.h"

namespace cli {

namespace {

// What the JSON calls an outcome.
constexpr std::array<std::pair<std::string_view, pki::MessageText>, 5> kOutcomes = {
    {{"none", messages::outcome_none},
     {"revoke", messages::outcome_revoke},
     {"hold", messages::outcome_hold},
     {"release", messages::outcome_release},
     {"supersede", messages::outcome_supersede}}};

pki::Message outcome_message(const std::string& outcome) {
  for (const auto& [name, text] : kOutcomes)
    if (outcome == name) return text;
  return outcome;
}

std::string reason_text(const std::string& reason, Language language) {
  const auto words = language == Language::ja ? reason_words(reason) : std::nullopt;
  return words ? std::string(words->ja) : reason;
}

// The clocks of registry/due.
constexpr std::array<std::pair<std::string_view, pki::MessageText>, 5> kClocks = {
    {{"planned-date", messages::clock_planned_date},
     {"thirty-days", messages::clock_thirty_days},
     {"fourteen-days", messages::clock_fourteen_days},
     {"ninety-days", messages::clock_ninety_days},
     {"card-expiry", messages::clock_card_expiry}}};

pki::Message clock_name(const std::string& clock) {
  for (const auto& [name, text] : kClocks)
    if (clock == name) return text;
  return clock;
}

// Why it comes: the clock, and the cause of a lapse.
pki::Message clock_message(const json::object& due, Language language) {
  if (due.contains("cause"))
    return {messages::clock_with_cause, clock_name(text_field(due, "clock")),
            law_text(text_field(due, "cause"), language)};
  return clock_name(text_field(due, "clock"));
}

std::string day_of(const json::object& due) {
  const auto at = pki::parse_rfc3339(text_field(due, "due"));
  return at ? pki::to_string(pki::jst_date(*at)) : text_field(due, "due");
}

}  // namespace

std::string event_text(const std::string& event, Language language) {
  const auto words = language == Language::ja ? event_words(event) : std::nullopt;
  return words ? std::string(words->ja) : event;
}

std::string outcome_text(const std::string& outcome, Language language) {
  return outcome_message(outcome).in(language);
}

std::string kind_text(const std::string& kind, Language language) {
  const auto words = language == Language::ja ? kind_words(kind) : std::nullopt;
  return words ? std::string(words->ja) : kind;
}

std::string article_text(const std::string& article, Language language) {
  return language == Language::ja ? article_in_japanese(article) : article;
}

std::string law_text(std::string_view english, Language language) {
  return words_of_law(english, language).value_or(std::string(english));
}

std::string words_of_certificates(const json::array& certificates, Language language) {
  std::string words;
  for (const json::value& value : certificates) {
    const json::object& certificate = value.as_object();
    const std::string reason = text_field(certificate, "reason");
    const pki::Message line(
        reason.empty() ? messages::certificate_outcome : messages::certificate_outcome_reason,
        outcome_message(text_field(certificate, "outcome")), text_field(certificate, "certificate"),
        kind_text(text_field(certificate, "kind"), language),
        article_text(text_field(certificate, "article"), language), reason_text(reason, language));
    words += "  " + line.in(language) + "\n";
  }
  return words;
}

std::string words_of_due(const json::object& due, Language language) {
  const pki::Message line(messages::event_due, event_text(text_field(due, "event"), language),
                          text_field(due, "resident"), day_of(due), clock_message(due, language));
  return line.in(language) + "\n" + words_of_certificates(due.at("certificates").as_array(), language);
}

std::string words_of_upcoming(const json::object& due, Language language) {
  const pki::Message line(messages::event_upcoming, day_of(due),
                          event_text(text_field(due, "event"), language), clock_message(due, language));
  std::string words = "  " + line.in(language) + "\n";
  for (const json::value& value : due.at("certificates").as_array()) {
    const json::object& certificate = value.as_object();
    const pki::Message outcome(
        messages::certificate_would, outcome_message(text_field(certificate, "outcome")),
        text_field(certificate, "certificate"), kind_text(text_field(certificate, "kind"), language),
        article_text(text_field(certificate, "article"), language));
    words += "    " + outcome.in(language) + "\n";
  }
  return words;
}

}  // namespace cli
