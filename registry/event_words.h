// The words of the law that records hold: events, outcomes, causes and the items of an event.
//
// In the program they are enumerations. Their words appear where data enters or leaves it: in the store
// (registry/events.cpp), in JSON and in the command line. Stores keep the words, so a word never changes.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace registry {

// What can happen to a resident, a card or a key (docs/law.md).
enum class Event : std::uint8_t {
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

// What an event does to a certificate.
enum class Outcome : std::uint8_t { none, revoke, hold, release, supersede };

// The causes of the lapse of a card, by their number in My Number Order 14.
enum class LapseCause : std::uint8_t {
  left_japan_with_card = 1,
  no_move_in = 2,
  not_presented = 3,
  record_deleted = 4,
  record_code_corrected = 5,
  individual_number_changed = 6,
  no_move_in_after_return = 7,
  not_presented_after_return = 8,
  overseas_record_deleted = 9,
  returned_through_consul = 10,
  death = 11,
  act_no_longer_applies = 12,
  returned = 13,
  return_ordered = 14,
};

// The minor corrections of Ordinance 20, in the order of its items.
enum class CorrectionKind : std::uint8_t {
  plain_form,
  glyph,
  area_renaming,
  lot_number,
  residence_indication,
  building_name,
};

// Why a resident applies or reports at another municipality (Ordinance 11-2(1), 47-2(1)), in the order of the
// items of 47-2(1); specified_age has no counterpart in 11-2(1).
enum class OtherMunicipalityReason : std::uint8_t {
  company_batch,
  evacuation,
  domestic_violence,
  stalking,
  child_abuse,
  specified_age,
  equivalent,
};

// The items that an event may carry, in the order in which they are stored.
enum class EventField : std::uint8_t {
  name,
  furigana,
  former_name,
  alias,
  address,
  cause,
  correction,
  insist,
  birth,
  sex,
  municipality,
  card_expires,
  planned,
  card_handed_in,
  kind,
  reason,
  application,
  // Of events that the program records itself: the clock that ended and when it did, the certificate that a
  // renewal replaced, and the check that found a difference.
  clock,
  due,
  certificate,
  found_by,
};

// address-change, …
[[nodiscard]] std::string_view to_string(Event event);
[[nodiscard]] std::optional<Event> parse_event(std::string_view text);
// none, revoke, hold, release, supersede.
[[nodiscard]] std::string_view to_string(Outcome outcome);
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view text);
// "1" to "14".
[[nodiscard]] std::string_view to_string(LapseCause cause);
[[nodiscard]] std::optional<LapseCause> parse_lapse_cause(std::string_view text);
// plain-form, glyph, area-renaming, lot-number, residence-indication, building-name.
[[nodiscard]] std::string_view to_string(CorrectionKind kind);
// Also building-renaming, another word for building-name.
[[nodiscard]] std::optional<CorrectionKind> parse_correction_kind(std::string_view text);
// company-batch, evacuation, domestic-violence, stalking, child-abuse, specified-age, equivalent.
[[nodiscard]] std::string_view to_string(OtherMunicipalityReason reason);
[[nodiscard]] std::optional<OtherMunicipalityReason> parse_other_municipality_reason(std::string_view text);
// name, furigana, former_name, …
[[nodiscard]] std::string_view to_string(EventField field);
[[nodiscard]] std::optional<EventField> parse_event_field(std::string_view text);

}  // namespace registry
