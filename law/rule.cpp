// Looking the table up, and its words.

#include "law/rule.h"

#include <algorithm>
#include <array>

#include "law/rule_table.h"

namespace law {

namespace {

using enum Event;
using Kind = pki::CertificateKind;

struct EventName {
  Event event;
  std::string_view text;
};

constexpr std::array kEventNames = {
    EventName{address_change, "address-change"},
    EventName{name_change, "name-change"},
    EventName{birth_date_change, "birth-date-change"},
    EventName{sex_change, "sex-change"},
    EventName{minor_correction, "minor-correction"},
    EventName{furigana_entry, "furigana-entry"},
    EventName{former_name_change, "former-name-change"},
    EventName{alias_change, "alias-change"},
    EventName{move_out, "move-out"},
    EventName{move_out_cancel, "move-out-cancel"},
    EventName{death, "death"},
    EventName{deletion, "deletion"},
    EventName{overseas_exit, "overseas-exit"},
    EventName{overseas_return, "overseas-return"},
    EventName{overseas_record_deletion, "overseas-record-deletion"},
    EventName{card_issue, "card-issue"},
    EventName{card_present, "card-present"},
    EventName{card_lapse, "card-lapse"},
    EventName{card_return, "card-return"},
    EventName{undelivered, "undelivered"},
    EventName{holder_application, "holder-application"},
    EventName{key_notice, "key-notice"},
    EventName{record_error, "record-error"},
    EventName{hold, "hold"},
    EventName{release, "release"},
    EventName{correction, "correction"},
    EventName{renewal, "renewal"},
    EventName{ca_key_compromise, "ca-key-compromise"},
};

constexpr std::array kSchemeDates = {
    SchemeDate{kCardScheme, "certificates of the My Number Card begin"},
    SchemeDate{kFormerNames, "former surnames are recorded (Order 33)"},
    SchemeDate{kPinless, "specific authentication verifiers, PIN-less (Act 38-2); no row changes"},
    SchemeDate{kDigitalAgency,
               "the Prime Minister (Digital Agency) becomes a competent minister; no row changes"},
    SchemeDate{kCurrentItems, "the current items with the holder's consent (Act 18(3)); no row changes"},
    SchemeDate{kMobilePair, "the mobile pair (Act 16-2, 35-2): rows of the card's kind hold for it"},
    SchemeDate{
        kAbroad,
        "people abroad keep certificates (Act 3-2, 22-2); the window before leaving Japan; a certificate "
        "met before is accepted without a signature (Act 38-4)"},
    SchemeDate{kFurigana, "furigana of the name are recorded (Act 7, Supplementary provisions 5)"},
    SchemeDate{
        kResidenceCards,
        "applications with residence cards through the Immigration Services Agency (Act 3-3, 22-3); no "
        "row changes"},
};

// My-Number Order 14, in the order of its items.
constexpr std::array<std::string_view, kCardLapseCauses> kCardLapse = {
    "left Japan without handing the card in with the notice",
    "moved out, and no move-in within 30 days of the planned date or 14 days of moving in",
    "the card was not presented within 90 days of the move-in, or the holder moved out again first",
    "the resident record was deleted for another cause",
    "the resident record code was corrected",
    "the individual number was changed, or the card was called in",
    "back in Japan, and no move-in within 14 days",
    "back in Japan, and the card was not presented within 90 days of the move-in, or moved on first",
    "the supplementary family register was deleted",
    "returned by someone abroad through a consul",
    "death",
    "the Resident Registry Act no longer applies",
    "the card was returned",
    "the return of the card was ordered",
};

Kind card_kind(Kind kind) {
  return pki::ca_of(kind) == pki::CaName::sign ? Kind::sign : Kind::auth;
}

}  // namespace

std::string_view to_string(Event event) {
  for (const EventName& name : kEventNames)
    if (name.event == event) return name.text;
  return "";
}

std::optional<Event> parse_event(std::string_view text) {
  const auto event = parse_recorded_event(text);
  if (event == renewal || event == ca_key_compromise) return std::nullopt;
  return event;
}

std::optional<Event> parse_recorded_event(std::string_view text) {
  for (const EventName& name : kEventNames)
    if (name.text == text) return name.event;
  return std::nullopt;
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::none:
      return "none";
    case Outcome::revoke:
      return "revoke";
    case Outcome::hold:
      return "hold";
    case Outcome::release:
      return "release";
    case Outcome::supersede:
      return "supersede";
  }
  return "";
}

std::string_view to_string(Moment moment) {
  switch (moment) {
    case Moment::at_once:
      return "at-once";
    case Moment::planned_date:
      return "planned-date";
    case Moment::thirty_days_after_planned_date:
      return "thirty-days-after-planned-date";
  }
  return "";
}

std::string_view to_string(Exemption exemption) {
  switch (exemption) {
    case Exemption::none:
      return "none";
    case Exemption::issued_since_notice_of_exit:
      return "issued-since-notice-of-exit";
    case Exemption::agrees_with_register:
      return "agrees-with-register";
    case Exemption::furigana_of_foreigner:
      return "furigana-of-foreigner";
  }
  return "";
}

std::string_view to_string(Whose whose) {
  switch (whose) {
    case Whose::anyone:
      return "anyone";
    case Whose::holder_abroad:
      return "holder-abroad";
    case Whose::holder_moved_out:
      return "holder-moved-out";
  }
  return "";
}

std::string_view to_string(Basis basis) {
  switch (basis) {
    case Basis::law:
      return "law";
    case Basis::practice:
      return "practice";
    case Basis::reason_chosen:
      return "reason-chosen";
  }
  return "";
}

std::span<const Rule> all_rules() {
  return rule_table();
}

std::span<const SchemeDate> scheme_dates() {
  return kSchemeDates;
}

std::span<const CardClock> card_clocks() {
  return card_clock_table();
}

const CardClock& card_clock(Clock clock) {
  return *std::ranges::find(card_clock_table(), clock, &CardClock::clock);
}

std::string article_of(const CardClock& clock, Kind kind) {
  const std::string item = card_lapse_article(clock.cause);
  const auto rule = rule_for({.event = card_lapse, .kind = kind, .on = clock.from});
  return (item.empty() ? "" : item + ", ") + std::string(rule->law);
}

bool exists_on(Event event, pki::Date on) {
  return !rules_for(event, Kind::sign, on).empty();
}

std::vector<Rule> rules_for(Event event, Kind kind, pki::Date on) {
  std::vector<Rule> rules;
  if (pki::is_mobile(kind) && on < kMobilePair) return rules;
  for (const Rule& rule : rule_table()) {
    if (rule.event != event || rule.kind != card_kind(kind) || on < rule.from) continue;
    if (rule.until && *rule.until <= on) continue;
    const auto earlier = std::ranges::find_if(
        rules, [&](const Rule& one) { return one.when == rule.when && one.whose == rule.whose; });
    if (earlier == rules.end())
      rules.push_back(rule);
    else
      *earlier = rule;
  }
  return rules;
}

std::optional<Rule> rule_for(const RuleQuestion& question) {
  std::optional<Rule> found;
  for (const Rule& rule : rules_for(question.event, question.kind, question.on))
    if (rule.when == question.when &&
        (rule.whose == question.whose || (!found && rule.whose == Whose::anyone)))
      found = rule;
  return found;
}

std::string card_lapse_article(int number) {
  constexpr std::array<std::string_view, kCardLapseCauses> kItems = {
      "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv"};
  if (number < 1 || number > kCardLapseCauses) return {};
  return "My Number Order 14(" + std::string(kItems.at(static_cast<std::size_t>(number - 1))) + ")";
}

std::string_view card_lapse_cause(int number) {
  if (number < 1 || number > kCardLapseCauses) return "";
  return kCardLapse.at(static_cast<std::size_t>(number - 1));
}

}  // namespace law
