// The law of revocation as one table: event × certificate kind × date in force → outcome, reason, article.
//
// A lawyer can read rule_table.cpp; `jpki rules` prints it, with the clocks of the card. Source: the Act, its
// Order and its Ordinance, and the My Number Order for the card.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/crl_reason.h"
#include "pki/time.h"
#include "registry/event_words.h"

namespace law {

// The words that records hold, too.
using registry::Event;
using registry::LapseCause;
using registry::Outcome;
using registry::to_string;

// When the outcome comes, counted from the event.
enum class Moment {
  at_once,  // When the event is recorded.
  // 00:00 JST on the planned date of a move-out or an exit: the record of the resident is deleted.
  planned_date,
  // 00:00 JST on the planned date + 31 days, unless a move-in is recorded before: thirty days have passed,
  // the first day not counted.
  thirty_days_after_planned_date,
};

// Which certificates a row does not concern.
enum class Exemption {
  none,
  // Those issued since the notice of leaving Japan (Act 12(1)(ii), 31(1)(ii), in force since 2024-05-27).
  issued_since_notice_of_exit,
  // Those that record what the register says now (Act 13).
  agrees_with_register,
  // Those of a foreign resident, when the furigana alone change (Act 12(1)(i) leaves them out).
  furigana_of_foreigner,
};

// Whose certificates a row is about: where the holder's record is kept decides the article.
enum class Whose {
  anyone,            // Everyone to whom no other row applies.
  holder_abroad,     // 国外転出者: the 戸籍の附票, no 住民票.
  holder_moved_out,  // The 住民票 was deleted on a notice of moving out, and no other has been made.
};

// What becomes of a certificate; the reason is absent when nothing is revoked.
struct Effect {
  Outcome outcome = Outcome::none;
  std::optional<pki::CrlReason> reason = {};
};

// What a row rests on.
enum class LegalBasis {
  law,       // The Act, its Order or its Ordinance.
  practice,  // J-LIS's certification practice statement or municipalities' practice, as others quote it.
  // The article orders the revocation; that the CRLReason is this one is this project's choice,
  // because no public source names it.
  reason_chosen,
};

// The first day of the certificates of the My Number Card.
inline constexpr pki::Date kCardScheme{std::chrono::year{2016}, std::chrono::January, std::chrono::day{1}};

struct Rule {
  Event event = Event::address_change;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  Whose whose = Whose::anyone;
  // The first day on which the row holds, and the first on which it holds no more. A later row of the same
  // event, kind, holder and moment replaces it, too.
  pki::Date from = kCardScheme;
  std::optional<pki::Date> until = {};
  Effect then = {};
  Moment when = Moment::at_once;
  Exemption unless = Exemption::none;
  // The article that orders the effect, or that leaves the certificate standing.
  std::string_view law = {};
  LegalBasis basis = LegalBasis::law;
  // The key of the configuration that decides where sources disagree; empty when there is none.
  std::string_view configuration_key = {};
};

// A clock of the card (My Number Order 14): when it ends, the card lapses, and both certificates with it
// (Ordinance 17, 53).
enum class ClockKind {
  left_with_card,           // The planned date of an exit without the card handed in.
  no_move_in,               // Thirty days after the planned date of a move-out.
  late_move_in,             // Fourteen days after the day of a move-in that was reported later.
  not_presented,            // Ninety days after a move-in, or the planned date of the next move.
  no_move_in_after_return,  // Fourteen days after the return to Japan.
  not_presented_after_return,
  card_expiry,  // The card's own last day.
};

struct CardClock {
  ClockKind clock = ClockKind::card_expiry;
  // What starts it.
  Event event = Event::card_issue;
  // The day is not counted; the card lapses at 00:00 JST of the day after the last one. 0: on the day itself.
  int days = 0;
  // The item of My Number Order 14; absent for the end of the card's validity (Ordinance 13, 49).
  std::optional<LapseCause> cause = {};
  // When it ends, and what stops it, in words.
  std::string_view when = {}, unless = {};
  pki::Date from = kCardScheme;
};

// A day from which on the scheme was another.
struct SchemeDate {
  pki::Date from;
  std::string_view what;
};

// The events that can be reported about a resident: all but renewal, which issuing records, and
// ca-key-compromise, which concerns no resident.
[[nodiscard]] bool is_reported(Event event);
// Nothing for the words of other events as well.
[[nodiscard]] std::optional<Event> parse_reported_event(std::string_view text);
// at-once, planned-date, thirty-days-after-planned-date.
[[nodiscard]] std::string_view to_string(Moment moment);
// none, issued-since-notice-of-exit, agrees-with-register, furigana-of-foreigner.
[[nodiscard]] std::string_view to_string(Exemption exemption);
// anyone, holder-abroad, holder-moved-out.
[[nodiscard]] std::string_view to_string(Whose whose);
// law, practice, reason-chosen.
[[nodiscard]] std::string_view to_string(LegalBasis basis);

// Every row, by event, kind and date. Card rows only: a mobile certificate has the row of the card's
// certificate of its kind (Act 16-14, 35-14).
[[nodiscard]] std::span<const Rule> all_rules();
// The days on which the scheme changed, in order.
[[nodiscard]] std::span<const SchemeDate> scheme_dates();
// The clocks of the card, in the order of the causes.
[[nodiscard]] std::span<const CardClock> card_clocks();
[[nodiscard]] const CardClock& card_clock(ClockKind clock);
// The article of the lapse that a clock brings, for one kind: "My Number Order 14(iii), Ordinance 17, …".
[[nodiscard]] std::string article_of(const CardClock& clock, pki::CertificateKind kind);

// True when the law knows the event on a day.
[[nodiscard]] bool exists_on(Event event, pki::Date on);
// Every row of an event and kind that is in force on a day. None when the event, or the mobile pair, did not
// exist on that day.
[[nodiscard]] std::vector<Rule> rules_for(Event event, pki::CertificateKind kind, pki::Date on);
// The one of them for a moment and a holder; nothing when no row speaks of the moment.
struct RuleQuestion {
  Event event = Event::address_change;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  pki::Date on;
  Moment when = Moment::at_once;
  Whose whose = Whose::anyone;
};
[[nodiscard]] std::optional<Rule> rule_for(const RuleQuestion& question);

// The cause of a card's lapse in words.
[[nodiscard]] std::string_view description_of(LapseCause cause);
// The item as it is cited: "My Number Order 14(iii)".
[[nodiscard]] std::string article_of(LapseCause cause);

}  // namespace law
