// The table. Card rows only; mobile certificates follow them.
//
// Reason codes are those of the CPS 4.9.9 as it is quoted publicly; where no source names one it is this
// project's choice, and the row says so (LegalBasis::reason_chosen).

#include "law/rule_table.h"

#include <array>

namespace law {

namespace {

using enum Event;
using enum pki::CertificateKind;
using enum Moment;
using enum Whose;
using enum Exemption;
using Reason = pki::CrlReason;

constexpr std::string_view kNoGround = "Act 31: not a ground";

constexpr Effect revoked(Reason reason) {
  return {Outcome::revoke, reason};
}

constexpr Effect kSuperseded{Outcome::supersede, Reason::superseded};
constexpr Effect kHeld{Outcome::hold, Reason::certificate_hold};
constexpr Effect kReleased{Outcome::release, std::nullopt};
constexpr Effect kChanged = revoked(Reason::affiliation_changed);
constexpr Effect kCeased = revoked(Reason::cessation_of_operation);

constexpr LegalBasis kChosen = LegalBasis::reason_chosen;
constexpr LegalBasis kPractice = LegalBasis::practice;

// A row without `then` leaves the certificate in force.
constexpr std::array kRules = {
    // The four items: Act 12(1)(i) takes the signing certificate, which records them.
    Rule{.event = address_change, .kind = sign, .then = kChanged, .law = "Act 12(1)(i), 15(1)"},
    Rule{.event = address_change, .kind = auth, .law = kNoGround},
    Rule{.event = name_change, .kind = sign, .then = kChanged, .law = "Act 12(1)(i), 15(1)"},
    Rule{.event = name_change,
         .kind = sign,
         .from = kFurigana,
         .then = kChanged,
         .unless = furigana_of_foreigner,
         .law = "Act 12(1)(i), 15(1)"},
    Rule{.event = name_change, .kind = auth, .law = kNoGround},
    Rule{.event = birth_date_change, .kind = sign, .then = kChanged, .law = "Act 12(1)(i), 15(1)"},
    Rule{.event = birth_date_change, .kind = auth, .law = kNoGround},
    Rule{.event = sex_change, .kind = sign, .then = kChanged, .law = "Act 12(1)(i), 15(1)"},
    Rule{.event = sex_change, .kind = auth, .law = kNoGround},
    Rule{.event = minor_correction, .kind = sign, .law = "Ordinance 20, 80, 81"},
    Rule{.event = minor_correction, .kind = auth, .law = kNoGround},
    Rule{.event = furigana_entry, .kind = sign, .from = kFurigana, .law = "Supplementary provisions 5"},
    Rule{.event = furigana_entry, .kind = auth, .from = kFurigana, .law = kNoGround},
    Rule{.event = former_name_change,
         .kind = sign,
         .from = kFormerNames,
         .then = kChanged,
         .law = "Order 33, Act 12(1)(i)"},
    Rule{.event = former_name_change, .kind = auth, .from = kFormerNames, .law = kNoGround},
    Rule{.event = alias_change, .kind = sign, .then = kChanged, .law = "Order 34, Act 12(1)(i)"},
    Rule{.event = alias_change, .kind = auth, .law = kNoGround},

    // Leaving the municipality: the record is deleted on the planned date. A certificate of the window before
    // leaving Japan says that its holder has left; another notice, or none, makes it differ from the
    // register.
    Rule{.event = move_out,
         .kind = sign,
         .from = kAbroad,
         .then = kChanged,
         .unless = agrees_with_register,
         .law = "Act 13, 15(1)(2)",
         .basis = kChosen},
    Rule{.event = move_out,
         .kind = sign,
         .then = kCeased,
         .when = planned_date,
         .law = "Act 12(1)(ii), 15(1)",
         .basis = kChosen},
    Rule{.event = move_out,
         .kind = auth,
         .then = kCeased,
         .when = thirty_days_after_planned_date,
         .law = "Act 31(1)(ii), 34(1)",
         .basis = kChosen},
    Rule{.event = move_out_cancel, .kind = sign, .law = "Act 12(1)(ii): the notice is withdrawn"},
    Rule{.event = move_out_cancel,
         .kind = sign,
         .from = kAbroad,
         .then = kChanged,
         .unless = agrees_with_register,
         .law = "Act 13, 15(1)(2)",
         .basis = kChosen},
    Rule{.event = move_out_cancel, .kind = auth, .law = "Act 31(1)(ii): the notice is withdrawn"},

    // Removal. People abroad have no 住民票; the thirty days of a mover end his card, not Act 31(1)(i).
    Rule{.event = death, .kind = sign, .then = kCeased, .law = "Act 12(1)(ii), 15(1)", .basis = kChosen},
    Rule{.event = death,
         .kind = sign,
         .whose = holder_abroad,
         .then = kCeased,
         .law = "Act 12(1)(iii), 15(1); My Number Order 14(xi)",
         .basis = kChosen},
    Rule{.event = death,
         .kind = sign,
         .whose = holder_moved_out,
         .then = kCeased,
         .law = "My Number Order 14(xi), Ordinance 17, Act 11, 15(1)",
         .basis = kChosen},
    Rule{.event = death, .kind = auth, .then = kCeased, .law = "Act 31(1)(i), 34(1)", .basis = kChosen},
    Rule{.event = death,
         .kind = auth,
         .whose = holder_abroad,
         .then = kCeased,
         .law = "Act 31(1)(iii), 34(1); My Number Order 14(xi)",
         .basis = kChosen},
    Rule{.event = death,
         .kind = auth,
         .whose = holder_moved_out,
         .then = kCeased,
         .law = "My Number Order 14(xi), Ordinance 53, Act 30, 34(1)",
         .basis = kChosen},
    Rule{.event = deletion, .kind = sign, .then = kCeased, .law = "Act 12(1)(ii), 15(1)", .basis = kChosen},
    Rule{.event = deletion,
         .kind = sign,
         .whose = holder_moved_out,
         .then = kCeased,
         .law = "My Number Order 14(iv), Ordinance 17, Act 11, 15(1)",
         .basis = kChosen},
    Rule{.event = deletion, .kind = auth, .then = kCeased, .law = "Act 31(1)(i), 34(1)", .basis = kChosen},
    Rule{.event = deletion,
         .kind = auth,
         .whose = holder_moved_out,
         .then = kCeased,
         .law = "My Number Order 14(iv), Ordinance 53, Act 30, 34(1)",
         .basis = kChosen},

    // Leaving Japan. Until 2024 the card lapsed with the exit and took the authentication certificate along.
    Rule{.event = overseas_exit,
         .kind = sign,
         .from = kAbroad,
         .then = kChanged,
         .unless = agrees_with_register,
         .law = "Act 13, 15(1)(2)",
         .basis = kChosen},
    Rule{.event = overseas_exit,
         .kind = sign,
         .then = kCeased,
         .when = planned_date,
         .law = "Act 12(1)(ii), 15(1)",
         .basis = kChosen},
    Rule{.event = overseas_exit,
         .kind = sign,
         .from = kAbroad,
         .then = kCeased,
         .when = planned_date,
         .unless = issued_since_notice_of_exit,
         .law = "Act 12(1)(ii), 15(1)",
         .basis = kChosen},
    Rule{.event = overseas_exit,
         .kind = auth,
         .until = kAbroad,
         .then = kCeased,
         .when = planned_date,
         .law = "My Number Act 17(10), Ordinance 53, Act 30, 34(1)",
         .basis = kChosen},
    Rule{.event = overseas_exit,
         .kind = auth,
         .from = kAbroad,
         .then = kCeased,
         .when = thirty_days_after_planned_date,
         .unless = issued_since_notice_of_exit,
         .law = "Act 31(1)(ii), 34(1)",
         .basis = kChosen},
    Rule{.event = overseas_return,
         .kind = sign,
         .from = kAbroad,
         .law = "Act 12: not a ground; My Number Order 14(vii) counts from here"},
    Rule{.event = overseas_return,
         .kind = auth,
         .from = kAbroad,
         .law = "Act 31: not a ground; My Number Order 14(vii) counts from here"},
    Rule{.event = overseas_record_deletion,
         .kind = sign,
         .from = kAbroad,
         .then = kCeased,
         .law = "Act 12(1)(iii), 15(1)",
         .basis = kChosen},
    Rule{.event = overseas_record_deletion,
         .kind = auth,
         .from = kAbroad,
         .then = kCeased,
         .law = "Act 31(1)(iii), 34(1)",
         .basis = kChosen},

    // The card.
    Rule{.event = card_issue, .kind = sign, .law = "My Number Act 17: not a ground"},
    Rule{.event = card_issue, .kind = auth, .law = "My Number Act 17: not a ground"},
    Rule{.event = card_present, .kind = sign, .law = "My Number Order 14(iii), (viii): the ninety days end"},
    Rule{.event = card_present, .kind = auth, .law = "My Number Order 14(iii), (viii): the ninety days end"},
    Rule{.event = card_lapse,
         .kind = sign,
         .then = kCeased,
         .law = "Ordinance 17, Act 11, 15(1)",
         .basis = kChosen},
    Rule{.event = card_lapse,
         .kind = auth,
         .then = kCeased,
         .law = "Ordinance 53, Act 30, 34(1)",
         .basis = kChosen},
    Rule{.event = card_return,
         .kind = sign,
         .then = kCeased,
         .law = "Ordinance 17, Act 11, 15(1)",
         .basis = kChosen},
    Rule{.event = card_return,
         .kind = auth,
         .then = kCeased,
         .law = "Ordinance 53, Act 30, 34(1)",
         .basis = kChosen},
    Rule{.event = undelivered,
         .kind = sign,
         .then = revoked(Reason::unspecified),
         .law = "CPS 4.9.9",
         .basis = kPractice},
    Rule{.event = undelivered,
         .kind = auth,
         .then = revoked(Reason::unspecified),
         .law = "CPS 4.9.9",
         .basis = kPractice},

    // The keys.
    Rule{.event = holder_application,
         .kind = sign,
         .then = kCeased,
         .law = "Act 9, 11, 15(1)",
         .basis = kChosen},
    Rule{.event = holder_application,
         .kind = auth,
         .then = kCeased,
         .law = "Act 28, 30, 34(1)",
         .basis = kChosen},
    Rule{.event = key_notice,
         .kind = sign,
         .then = revoked(Reason::key_compromise),
         .law = "Act 10, 11, 15(1)"},
    Rule{.event = key_notice,
         .kind = auth,
         .then = revoked(Reason::key_compromise),
         .law = "Act 29, 30, 34(1)"},
    Rule{.event = record_error, .kind = sign, .then = kChanged, .law = "Act 13, 15(1)(2)", .basis = kChosen},
    Rule{.event = record_error, .kind = auth, .then = kChanged, .law = "Act 32, 34(1)(2)", .basis = kChosen},
    Rule{.event = hold, .kind = sign, .then = kHeld, .law = "CPS 4.9", .basis = kPractice},
    Rule{.event = hold, .kind = auth, .then = kHeld, .law = "CPS 4.9", .basis = kPractice},
    Rule{.event = release,
         .kind = sign,
         .law = "CPS 4.9.9: a signing certificate never comes back",
         .basis = kPractice},
    Rule{.event = release,
         .kind = auth,
         .then = kReleased,
         .law = "CPS 4.9; hold.release",
         .basis = kPractice,
         .configuration_key = "hold.release"},
    // What has lapsed stays revoked (Act 15(1), 34(1)); what is in force and differs is revoked.
    Rule{.event = correction,
         .kind = sign,
         .then = kChanged,
         .unless = agrees_with_register,
         .law = "Act 13, 15(1)(2)",
         .basis = kChosen},
    Rule{.event = correction,
         .kind = auth,
         .then = kChanged,
         .unless = agrees_with_register,
         .law = "Act 32, 34(1)(2)",
         .basis = kChosen},
    Rule{.event = renewal, .kind = sign, .then = kSuperseded, .law = "Act 9, 11, 15(1), Ordinance 13(1)"},
    Rule{.event = renewal, .kind = auth, .then = kSuperseded, .law = "Act 28, 30, 34(1), Ordinance 49(1)"},
    Rule{.event = ca_key_compromise,
         .kind = sign,
         .then = revoked(Reason::ca_compromise),
         .law = "Act 14, 15(1)(iv)",
         .basis = kChosen},
    Rule{.event = ca_key_compromise,
         .kind = auth,
         .then = revoked(Reason::ca_compromise),
         .law = "Act 33, 34(1)(iv)",
         .basis = kChosen},
};

// My Number Order 14, the items that follow from clocks.
constexpr std::array kClocks = {
    CardClock{.clock = ClockKind::left_with_card,
              .event = overseas_exit,
              .cause = LapseCause::left_japan_with_card,
              .when = "planned date",
              .unless = "the card was handed in with the notice"},
    CardClock{.clock = ClockKind::no_move_in,
              .event = move_out,
              .days = 30,
              .cause = LapseCause::no_move_in,
              .when = "30 days after the planned date",
              .unless = "address-change (move-in)"},
    CardClock{.clock = ClockKind::late_move_in,
              .event = address_change,
              .days = 14,
              .cause = LapseCause::no_move_in,
              .when = "recorded more than 14 days after the day of the move-in"},
    CardClock{
        .clock = ClockKind::not_presented,
        .event = address_change,
        .days = 90,
        .cause = LapseCause::not_presented,
        .when = "90 days after the record of a move-in, or the next move, on its planned date at the latest",
        .unless = "card-present, card-issue"},
    CardClock{.clock = ClockKind::no_move_in_after_return,
              .event = overseas_return,
              .days = 14,
              .cause = LapseCause::no_move_in_after_return,
              .when = "14 days after the return",
              .unless = "address-change (move-in)",
              .from = kAbroad},
    CardClock{.clock = ClockKind::not_presented_after_return,
              .event = address_change,
              .days = 90,
              .cause = LapseCause::not_presented_after_return,
              .when = "90 days after the record of a move-in from abroad, or the next move, on its planned "
                      "date at the latest",
              .unless = "card-present, card-issue",
              .from = kAbroad},
    CardClock{.clock = ClockKind::card_expiry,
              .event = card_issue,
              .when = "the card's last day, when a certificate on it lasts longer",
              .unless = "card-issue with a later day"},
};

}  // namespace

std::span<const Rule> rule_table() {
  return kRules;
}

std::span<const CardClock> card_clock_table() {
  return kClocks;
}

}  // namespace law
