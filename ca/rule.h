// The law of revocation as one table: event × certificate kind × date in force → outcome, reason, article.
//
// A lawyer can read rule.cpp; `jpki rules` prints it. Sources: jpki-facts 5.5 and the Act's text.

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "pki/certificate_kind.h"
#include "pki/crl_reason.h"
#include "pki/time.h"

namespace ca {

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
  death,
  deletion,
  card_lapse,
  card_return,
  undelivered,
  holder_application,
  key_notice,
  record_error,
  hold,
  release,
};

enum class Outcome { none, revoke, hold, release };

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
};

// address-change, …; the words of the CLI and the API.
[[nodiscard]] std::string_view to_string(Event event);
[[nodiscard]] std::optional<Event> parse_event(std::string_view text);
// none, revoke, hold, release.
[[nodiscard]] std::string_view to_string(Outcome outcome);

// Every row, by event, kind and date.
[[nodiscard]] std::span<const Rule> all_rules();
// The row in force on a day. A mobile certificate has the row of the card's certificate of its kind (Act
// 16-14, 35-14). Nothing when the event did not exist on that day.
[[nodiscard]] std::optional<Rule> rule_for(Event event, pki::CertificateKind kind, pki::Date on);

}  // namespace ca
