// Looking the table up, and its words.

#include "law/rule.h"

#include <algorithm>
#include <array>

#include "law/rule_table.h"

namespace law {

namespace {

using enum Event;
using Kind = pki::CertificateKind;

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
constexpr std::array<std::string_view, 14> kCardLapse = {
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

bool is_reported(Event event) {
  return event != renewal && event != ca_key_compromise;
}

std::optional<Event> parse_reported_event(std::string_view text) {
  const auto event = registry::parse_event(text);
  return event && is_reported(*event) ? event : std::nullopt;
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

std::string_view to_string(LegalBasis basis) {
  switch (basis) {
    case LegalBasis::law:
      return "law";
    case LegalBasis::practice:
      return "practice";
    case LegalBasis::reason_chosen:
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

const CardClock& card_clock(ClockKind clock) {
  return *std::ranges::find(card_clock_table(), clock, &CardClock::clock);
}

std::string article_of(const CardClock& clock, Kind kind) {
  const std::string item = clock.cause ? article_of(*clock.cause) + ", " : "";
  const auto rule = rule_for({.event = card_lapse, .kind = kind, .on = clock.from});
  return item + std::string(rule->law);
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

std::string article_of(LapseCause cause) {
  constexpr std::array<std::string_view, kCardLapse.size()> kItems = {
      "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv"};
  return "My Number Order 14(" + std::string(kItems.at(static_cast<std::size_t>(cause) - 1)) + ")";
}

std::string_view description_of(LapseCause cause) {
  return kCardLapse.at(static_cast<std::size_t>(cause) - 1);
}

}  // namespace law
