// The law of revocation as one table: event × certificate kind × date in force → outcome, reason, article.
//
// A lawyer can read rule_table.cpp; `jpki rules` prints it. Sources: jpki-facts 5.5 and the Act's text; where
// the two differ the text decides.

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "pki/certificate_kind.h"
#include "pki/crl_reason.h"
#include "pki/time.h"

namespace law {

// What can happen to a resident, a card or a key (section 5 of the contract).
enum class Event {
  address_change,
  name_change,
  birth_date_change,
  sex_change,
  minor_correction,
  furigana_entry,
  former_name_change,
  alias_change,
  move_out,
  move_out_cancel,
  death,
  deletion,
  overseas_exit,
  overseas_return,
  overseas_record_deletion,
  card_issue,
  card_present,
  card_lapse,
  card_return,
  undelivered,
  holder_application,
  key_notice,
  record_error,
  hold,
  release,
  correction,
  renewal,
  ca_key_compromise,
};

enum class Outcome { none, revoke, hold, release, supersede };

// When the outcome comes, counted from the event.
enum class Moment {
  at_once,  // When the event is recorded.
  // 00:00 JST on the planned date of a move-out or an exit: the record of the resident is deleted.
  planned_date,
  // 00:00 JST on the planned date + 31 days, unless a move-in is recorded before: thirty days have passed,
  // the first day not counted.
  thirty_days_after_planned_date,
};

// Which certificates a row leaves standing.
enum class Exemption {
  none,
  // Those issued since the notice of leaving Japan (Act 12(1)(ii), 31(1)(ii), in force since 2024-05-27).
  issued_since_notice_of_exit,
};

// What a row rests on.
enum class Basis {
  law,       // The Act, its Order or its Ordinance.
  practice,  // J-LIS's certification practice statement or municipalities' practice, as others quote it.
  // The article says that the certificate falls; that the CRLReason is this one is this project's choice,
  // because no public source names it.
  reason_chosen,
};

struct Rule {
  Event event;
  pki::CertificateKind kind;
  // The first day on which the rule holds; a later row of the same event and kind replaces it.
  pki::Date in_force_from;
  Outcome outcome;
  // Absent when nothing is revoked.
  std::optional<pki::CrlReason> reason;
  // The article that orders the outcome, or that leaves the certificate standing.
  std::string_view article;
  Moment moment = Moment::at_once;
  Exemption exemption = Exemption::none;
  Basis basis = Basis::law;
  // The key of the configuration that decides where sources disagree; empty when there is none.
  std::string_view configuration_key = {};
};

// A day from which on the scheme was another.
struct SchemeDate {
  pki::Date from;
  std::string_view what;
};

// address-change, …; the words of the CLI and the API.
[[nodiscard]] std::string_view to_string(Event event);
// The events that someone may report about a resident: all but renewal, which issuing records, and
// ca-key-compromise, which concerns no resident.
[[nodiscard]] std::optional<Event> parse_event(std::string_view text);
// Every word of to_string.
[[nodiscard]] std::optional<Event> parse_recorded_event(std::string_view text);
// none, revoke, hold, release, supersede.
[[nodiscard]] std::string_view to_string(Outcome outcome);
// at-once, planned-date, thirty-days-after-planned-date.
[[nodiscard]] std::string_view to_string(Moment moment);
// none, issued-since-notice-of-exit.
[[nodiscard]] std::string_view to_string(Exemption exemption);
// law, practice, reason-chosen.
[[nodiscard]] std::string_view to_string(Basis basis);

// Every row, by event, kind and date. Card rows only: a mobile certificate has the row of the card's
// certificate of its kind (Act 16-14, 35-14).
[[nodiscard]] std::span<const Rule> all_rules();
// The days on which the scheme changed, in order.
[[nodiscard]] std::span<const SchemeDate> scheme_dates();
// The row in force on a day. Nothing when the event, or the mobile pair, did not exist on that day.
[[nodiscard]] std::optional<Rule> rule_for(Event event, pki::CertificateKind kind, pki::Date on);

// The fourteen causes of card lapse, My-Number Order 14, by number. Empty for any other number.
inline constexpr int kCardLapseCauses = 14;
[[nodiscard]] std::string_view card_lapse_cause(int number);

}  // namespace law
