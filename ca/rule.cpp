// The table. Card rows only; mobile certificates follow them.
//
// Reason codes are those of the CPS 4.9.9 as quoted publicly (jpki-facts 3.1); for record errors, card lapse,
// death and removal the code is this project's choice where the sources are silent.

#include "ca/rule.h"

#include <array>

namespace ca {

namespace {

using enum Event;
using Kind = pki::CertificateKind;
using Reason = pki::CrlReason;
using namespace std::chrono_literals;

// The certificates of the My Number Card began on 1 January 2016.
constexpr pki::Date kCardScheme = 2016y / 1 / 1;
// Former surnames (旧氏) entered the register with Order 33.
constexpr pki::Date kFormerNames = 2019y / 11 / 5;
// Furigana entered the register and the certificates.
constexpr pki::Date kFurigana = 2026y / 5 / 26;

constexpr std::array kRules = {
    Rule{address_change, Kind::sign, kCardScheme, Outcome::revoke, Reason::affiliation_changed,
         "Act 12(1)(i), 15(1)"},
    Rule{address_change, Kind::auth, kCardScheme, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{name_change, Kind::sign, kCardScheme, Outcome::revoke, Reason::affiliation_changed,
         "Act 12(1)(i), 15(1)"},
    Rule{name_change, Kind::auth, kCardScheme, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{birth_date_change, Kind::sign, kCardScheme, Outcome::revoke, Reason::affiliation_changed,
         "Act 12(1)(i), 15(1)"},
    Rule{birth_date_change, Kind::auth, kCardScheme, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{sex_change, Kind::sign, kCardScheme, Outcome::revoke, Reason::affiliation_changed,
         "Act 12(1)(i), 15(1)"},
    Rule{sex_change, Kind::auth, kCardScheme, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{minor_correction, Kind::sign, kCardScheme, Outcome::none, std::nullopt, "Ordinance 20"},
    Rule{minor_correction, Kind::auth, kCardScheme, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{furigana_entry, Kind::sign, kFurigana, Outcome::none, std::nullopt, "Supplementary provisions 5"},
    Rule{furigana_entry, Kind::auth, kFurigana, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{former_name_change, Kind::sign, kFormerNames, Outcome::revoke, Reason::affiliation_changed,
         "Order 33, Act 12(1)(i)"},
    Rule{former_name_change, Kind::auth, kFormerNames, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{alias_change, Kind::sign, kCardScheme, Outcome::revoke, Reason::affiliation_changed,
         "Order 34, Act 12(1)(i)"},
    Rule{alias_change, Kind::auth, kCardScheme, Outcome::none, std::nullopt, "Act 31: not a ground"},
    Rule{death, Kind::sign, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Act 12(1)(ii), 15(1)"},
    Rule{death, Kind::auth, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Act 31(1)(i), 34(1)"},
    Rule{deletion, Kind::sign, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Act 12(1)(ii), 15(1)"},
    Rule{deletion, Kind::auth, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Act 31(1)(i), 34(1)"},
    Rule{card_lapse, Kind::sign, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Ordinance 17, Act 11, 15(1)"},
    Rule{card_lapse, Kind::auth, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Ordinance 53, Act 30, 34(1)"},
    Rule{card_return, Kind::sign, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Ordinance 17, Act 11, 15(1)"},
    Rule{card_return, Kind::auth, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Ordinance 53, Act 30, 34(1)"},
    Rule{undelivered, Kind::sign, kCardScheme, Outcome::revoke, Reason::unspecified, "CPS 4.9.9"},
    Rule{undelivered, Kind::auth, kCardScheme, Outcome::revoke, Reason::unspecified, "CPS 4.9.9"},
    Rule{holder_application, Kind::sign, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Act 9, 11, 15(1)"},
    Rule{holder_application, Kind::auth, kCardScheme, Outcome::revoke, Reason::cessation_of_operation,
         "Act 28, 30, 34(1)"},
    Rule{key_notice, Kind::sign, kCardScheme, Outcome::revoke, Reason::key_compromise, "Act 10, 11, 15(1)"},
    Rule{key_notice, Kind::auth, kCardScheme, Outcome::revoke, Reason::key_compromise, "Act 29, 30, 34(1)"},
    Rule{record_error, Kind::sign, kCardScheme, Outcome::revoke, Reason::affiliation_changed,
         "Act 13, 15(1)(2)"},
    Rule{record_error, Kind::auth, kCardScheme, Outcome::revoke, Reason::affiliation_changed,
         "Act 32, 34(1)(2)"},
    Rule{hold, Kind::sign, kCardScheme, Outcome::hold, Reason::certificate_hold, "CPS 4.9"},
    Rule{hold, Kind::auth, kCardScheme, Outcome::hold, Reason::certificate_hold, "CPS 4.9"},
    Rule{release, Kind::sign, kCardScheme, Outcome::none, std::nullopt,
         "CPS 4.9.9: a signing certificate never comes back"},
    Rule{release, Kind::auth, kCardScheme, Outcome::release, std::nullopt, "CPS 4.9; hold.release"},
};

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
    EventName{death, "death"},
    EventName{deletion, "deletion"},
    EventName{card_lapse, "card-lapse"},
    EventName{card_return, "card-return"},
    EventName{undelivered, "undelivered"},
    EventName{holder_application, "holder-application"},
    EventName{key_notice, "key-notice"},
    EventName{record_error, "record-error"},
    EventName{hold, "hold"},
    EventName{release, "release"},
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
  }
  return "";
}

std::span<const Rule> all_rules() {
  return kRules;
}

std::optional<Rule> rule_for(Event event, pki::CertificateKind kind, pki::Date on) {
  std::optional<Rule> found;
  for (const Rule& rule : kRules)
    if (rule.event == event && rule.kind == card_kind(kind) && rule.in_force_from <= on) found = rule;
  return found;
}

}  // namespace ca
