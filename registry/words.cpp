// One array of entries for each enumeration, in the order of its values.

#include "registry/words.h"

#include <array>

#include "pki/messages/registry.h"

namespace registry {

namespace {

using Entry = const pki::MessageText*;

constexpr std::array kEventNames = {Entry(&messages::event_address_change),
                                    Entry(&messages::event_name_change),
                                    Entry(&messages::event_birth_date_change),
                                    Entry(&messages::event_sex_change),
                                    Entry(&messages::event_minor_correction),
                                    Entry(&messages::event_furigana_entry),
                                    Entry(&messages::event_former_name_change),
                                    Entry(&messages::event_alias_change),
                                    Entry(&messages::event_move_out),
                                    Entry(&messages::event_move_out_cancel),
                                    Entry(&messages::event_death),
                                    Entry(&messages::event_deletion),
                                    Entry(&messages::event_overseas_exit),
                                    Entry(&messages::event_overseas_return),
                                    Entry(&messages::event_overseas_record_deletion),
                                    Entry(&messages::event_card_issue),
                                    Entry(&messages::event_card_present),
                                    Entry(&messages::event_card_lapse),
                                    Entry(&messages::event_card_return),
                                    Entry(&messages::event_undelivered),
                                    Entry(&messages::event_holder_application),
                                    Entry(&messages::event_key_notice),
                                    Entry(&messages::event_record_error),
                                    Entry(&messages::event_hold),
                                    Entry(&messages::event_release),
                                    Entry(&messages::event_correction),
                                    Entry(&messages::event_renewal),
                                    Entry(&messages::event_ca_key_compromise)};
static_assert(kEventNames.size() == static_cast<std::size_t>(Event::ca_key_compromise) + 1);

constexpr std::array kCorrectionNames = {
    Entry(&messages::correction_plain_form),           Entry(&messages::correction_glyph),
    Entry(&messages::correction_area_renaming),        Entry(&messages::correction_lot_number),
    Entry(&messages::correction_residence_indication), Entry(&messages::correction_building_name)};
static_assert(kCorrectionNames.size() == static_cast<std::size_t>(CorrectionKind::building_name) + 1);

constexpr std::array kFieldNames = {
    Entry(&messages::field_name),         Entry(&messages::field_furigana),
    Entry(&messages::field_former_name),  Entry(&messages::field_alias),
    Entry(&messages::field_address),      Entry(&messages::field_cause),
    Entry(&messages::field_correction),   Entry(&messages::field_insist),
    Entry(&messages::field_birth),        Entry(&messages::field_sex),
    Entry(&messages::field_municipality), Entry(&messages::field_card_expires),
    Entry(&messages::field_planned),      Entry(&messages::field_card_handed_in),
    Entry(&messages::field_kind),         Entry(&messages::field_reason),
    Entry(&messages::field_application),  Entry(&messages::field_clock),
    Entry(&messages::field_due),          Entry(&messages::field_certificate),
    Entry(&messages::field_found_by)};
static_assert(kFieldNames.size() == static_cast<std::size_t>(EventField::found_by) + 1);

}  // namespace

pki::Message word(Event event) {
  return *kEventNames.at(static_cast<std::size_t>(event));
}

pki::Message word(CorrectionKind kind) {
  return *kCorrectionNames.at(static_cast<std::size_t>(kind));
}

pki::Message word(EventField field) {
  return *kFieldNames.at(static_cast<std::size_t>(field));
}

pki::Message word(Residency residency) {
  switch (residency) {
    case Residency::resident:
      return messages::residency_resident;
    case Residency::abroad:
      return messages::residency_abroad;
    case Residency::removed:
      return messages::residency_removed;
    case Residency::moved_out:
      return messages::residency_moved_out;
  }
  return {};
}

}  // namespace registry
