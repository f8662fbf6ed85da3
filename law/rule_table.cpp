// The table. Card rows only; mobile certificates follow them.
//
// Reason codes are those of the CPS 4.9.9 as quoted publicly (jpki-facts 3.1); where no source names one it
// is this project's choice, and the row says so (Basis::reason_chosen).

#include "law/rule_table.h"

#include <array>

namespace law {

namespace {

using enum Event;
using enum pki::CertificateKind;
using Reason = pki::CrlReason;

constexpr std::string_view kNoGround = "Act 31: not a ground";

constexpr Rule stands(Event event, pki::CertificateKind kind, pki::Date from, std::string_view article) {
  return {event, kind, from, Outcome::none, std::nullopt, article};
}

constexpr Rule revoked(Event event, pki::CertificateKind kind, Reason reason, std::string_view article) {
  return {event, kind, kCardScheme, Outcome::revoke, reason, article};
}

constexpr Rule since(pki::Date from, Rule rule) {
  rule.in_force_from = from;
  return rule;
}

constexpr Rule at(Moment moment, Rule rule) {
  rule.moment = moment;
  return rule;
}

constexpr Rule unless_since_notice(Rule rule) {
  rule.exemption = Exemption::issued_since_notice_of_exit;
  return rule;
}

constexpr Rule on_basis(Basis basis, Rule rule) {
  rule.basis = basis;
  return rule;
}

// The law takes the certificate; the reason code is our choice.
constexpr Rule chosen(Rule rule) {
  return on_basis(Basis::reason_chosen, rule);
}

constexpr std::array kRules = {
    // The four items: Act 12(1)(i) takes the signing certificate, which records them.
    revoked(address_change, sign, Reason::affiliation_changed, "Act 12(1)(i), 15(1)"),
    stands(address_change, auth, kCardScheme, kNoGround),
    revoked(name_change, sign, Reason::affiliation_changed, "Act 12(1)(i), 15(1)"),
    stands(name_change, auth, kCardScheme, kNoGround),
    revoked(birth_date_change, sign, Reason::affiliation_changed, "Act 12(1)(i), 15(1)"),
    stands(birth_date_change, auth, kCardScheme, kNoGround),
    revoked(sex_change, sign, Reason::affiliation_changed, "Act 12(1)(i), 15(1)"),
    stands(sex_change, auth, kCardScheme, kNoGround),
    stands(minor_correction, sign, kCardScheme, "Ordinance 20"),
    stands(minor_correction, auth, kCardScheme, kNoGround),
    stands(furigana_entry, sign, kFurigana, "Supplementary provisions 5"),
    stands(furigana_entry, auth, kFurigana, kNoGround),
    since(kFormerNames,
          revoked(former_name_change, sign, Reason::affiliation_changed, "Order 33, Act 12(1)(i)")),
    stands(former_name_change, auth, kFormerNames, kNoGround),
    revoked(alias_change, sign, Reason::affiliation_changed, "Order 34, Act 12(1)(i)"),
    stands(alias_change, auth, kCardScheme, kNoGround),

    // Leaving the municipality: the record is deleted on the planned date.
    at(Moment::planned_date,
       chosen(revoked(move_out, sign, Reason::cessation_of_operation, "Act 12(1)(ii), 15(1)"))),
    at(Moment::thirty_days_after_planned_date,
       chosen(revoked(move_out, auth, Reason::cessation_of_operation, "Act 31(1)(ii), 34(1)"))),
    stands(move_out_cancel, sign, kCardScheme, "Act 12(1)(ii): the notice is withdrawn"),
    stands(move_out_cancel, auth, kCardScheme, "Act 31(1)(ii): the notice is withdrawn"),
    chosen(revoked(death, sign, Reason::cessation_of_operation, "Act 12(1)(ii), 15(1)")),
    chosen(revoked(death, auth, Reason::cessation_of_operation, "Act 31(1)(i), 34(1)")),
    chosen(revoked(deletion, sign, Reason::cessation_of_operation, "Act 12(1)(ii), 15(1)")),
    chosen(revoked(deletion, auth, Reason::cessation_of_operation, "Act 31(1)(i), 34(1)")),

    // Leaving Japan. Until 2024 the card lapsed with the exit and took the authentication certificate along.
    at(Moment::planned_date,
       chosen(revoked(overseas_exit, sign, Reason::cessation_of_operation, "Act 12(1)(ii), 15(1)"))),
    since(kAbroad, unless_since_notice(at(Moment::planned_date,
                                          chosen(revoked(overseas_exit, sign, Reason::cessation_of_operation,
                                                         "Act 12(1)(ii), 15(1)"))))),
    at(Moment::planned_date, chosen(revoked(overseas_exit, auth, Reason::cessation_of_operation,
                                            "My Number Act 17(10), Ordinance 53, Act 30, 34(1)"))),
    since(kAbroad, unless_since_notice(at(Moment::thirty_days_after_planned_date,
                                          chosen(revoked(overseas_exit, auth, Reason::cessation_of_operation,
                                                         "Act 31(1)(ii), 34(1)"))))),
    stands(overseas_return, sign, kAbroad, "Act 12: not a ground; My Number Order 14(vii) counts from here"),
    stands(overseas_return, auth, kAbroad, "Act 31: not a ground; My Number Order 14(vii) counts from here"),
    since(kAbroad, chosen(revoked(overseas_record_deletion, sign, Reason::cessation_of_operation,
                                  "Act 12(1)(iii), 15(1)"))),
    since(kAbroad, chosen(revoked(overseas_record_deletion, auth, Reason::cessation_of_operation,
                                  "Act 31(1)(iii), 34(1)"))),

    // The card.
    stands(card_issue, sign, kCardScheme, "My Number Act 17: not a ground"),
    stands(card_issue, auth, kCardScheme, "My Number Act 17: not a ground"),
    stands(card_present, sign, kCardScheme, "My Number Order 14(iii), (viii): the ninety days end"),
    stands(card_present, auth, kCardScheme, "My Number Order 14(iii), (viii): the ninety days end"),
    chosen(revoked(card_lapse, sign, Reason::cessation_of_operation, "Ordinance 17, Act 11, 15(1)")),
    chosen(revoked(card_lapse, auth, Reason::cessation_of_operation, "Ordinance 53, Act 30, 34(1)")),
    chosen(revoked(card_return, sign, Reason::cessation_of_operation, "Ordinance 17, Act 11, 15(1)")),
    chosen(revoked(card_return, auth, Reason::cessation_of_operation, "Ordinance 53, Act 30, 34(1)")),
    on_basis(Basis::practice, revoked(undelivered, sign, Reason::unspecified, "CPS 4.9.9")),
    on_basis(Basis::practice, revoked(undelivered, auth, Reason::unspecified, "CPS 4.9.9")),

    // The keys.
    chosen(revoked(holder_application, sign, Reason::cessation_of_operation, "Act 9, 11, 15(1)")),
    chosen(revoked(holder_application, auth, Reason::cessation_of_operation, "Act 28, 30, 34(1)")),
    revoked(key_notice, sign, Reason::key_compromise, "Act 10, 11, 15(1)"),
    revoked(key_notice, auth, Reason::key_compromise, "Act 29, 30, 34(1)"),
    chosen(revoked(record_error, sign, Reason::affiliation_changed, "Act 13, 15(1)(2)")),
    chosen(revoked(record_error, auth, Reason::affiliation_changed, "Act 32, 34(1)(2)")),
    Rule{hold, sign, kCardScheme, Outcome::hold, Reason::certificate_hold, "CPS 4.9", Moment::at_once,
         Exemption::none, Basis::practice},
    Rule{hold, auth, kCardScheme, Outcome::hold, Reason::certificate_hold, "CPS 4.9", Moment::at_once,
         Exemption::none, Basis::practice},
    on_basis(Basis::practice,
             stands(release, sign, kCardScheme, "CPS 4.9.9: a signing certificate never comes back")),
    Rule{release, auth, kCardScheme, Outcome::release, std::nullopt, "CPS 4.9; hold.release", Moment::at_once,
         Exemption::none, Basis::practice, "hold.release"},
    stands(correction, sign, kCardScheme, "Act 15(1): what has lapsed never comes back"),
    stands(correction, auth, kCardScheme, "Act 34(1): what has lapsed never comes back"),
    Rule{renewal, sign, kCardScheme, Outcome::supersede, Reason::superseded,
         "Act 9, 11, 15(1), Ordinance 13(1)"},
    Rule{renewal, auth, kCardScheme, Outcome::supersede, Reason::superseded,
         "Act 28, 30, 34(1), Ordinance 49(1)"},
    chosen(revoked(ca_key_compromise, sign, Reason::ca_compromise, "Act 14, 15(1)(iv)")),
    chosen(revoked(ca_key_compromise, auth, Reason::ca_compromise, "Act 33, 34(1)(iv)")),
};

}  // namespace

std::span<const Rule> rule_table() {
  return kRules;
}

}  // namespace law
