// The rows and their lookups.

#include "law/event_fields.h"

#include <algorithm>
#include <array>

namespace law {

namespace {

using enum EventField;

constexpr std::array kRows = {
    FieldRow{"date", FieldType::date, "The day on which it happened (default: today)"},
    FieldRow{"name", FieldType::text, "New name", name},
    FieldRow{"furigana", FieldType::text, "New furigana", furigana},
    FieldRow{"former_name", FieldType::text, "New former surname", former_name},
    FieldRow{"alias", FieldType::text, "New alias", alias},
    FieldRow{"birth", FieldType::birth_date, "New date of birth", birth},
    FieldRow{"sex", FieldType::choice, "New sex: male, female or unknown", sex},
    FieldRow{"address", FieldType::text, "New address", address},
    FieldRow{"municipality", FieldType::code, "New municipality or ward, six digits", municipality},
    FieldRow{"card_expires", FieldType::date, "New last day of the card", card_expires},
    FieldRow{"planned", FieldType::date, "Planned day of leaving (move-out, overseas-exit)", planned},
    FieldRow{"card_handed_in", FieldType::flag, "The card was handed in with the notice (overseas-exit)",
             card_handed_in},
    FieldRow{"cause", FieldType::number, "Number of the cause, 1 to 14 (card-lapse)", cause},
    FieldRow{"correction", FieldType::choice,
             "Kind of correction: plain-form, glyph, area-renaming, lot-number, residence-indication or "
             "building-name (minor-correction)",
             correction},
    FieldRow{"insist", FieldType::text,
             "Why it is a minor correction all the same; goes into the audit log (minor-correction)", insist},
    FieldRow{"reason", FieldType::code,
             "Why another municipality takes it, by name or number (holder-application, key-notice)", reason},
    FieldRow{"application", FieldType::document,
             "The holder's online application or notice, CMS SignedData (holder-application, key-notice)",
             application},
    FieldRow{"kind", FieldType::choice,
             "sign, auth, mobile-sign or mobile-auth, for events about keys (default: every kind)", kind},
    FieldRow{"event_id", FieldType::text, "The feed's own id: an event is recorded once under it"},
    FieldRow{"feed_sequence", FieldType::number, "The feed's number: it must rise within a resident"},
    FieldRow{"feed", FieldType::text, "The feed's name, where several number their events"},
};

}  // namespace

std::span<const FieldRow> event_field_rows() {
  return kRows;
}

const FieldRow& row_of(EventField item) {
  return *std::ranges::find(kRows, std::optional(item), &FieldRow::item);
}

const FieldRow* find_field_row(std::string_view name) {
  const auto* const found = std::ranges::find(kRows, name, &FieldRow::name);
  return found == kRows.end() ? nullptr : found;
}

bool takes(Event event, const FieldRow& row) {
  return !row.item || std::ranges::find(fields_taken_by(event), *row.item, &TakenField::field) !=
                          fields_taken_by(event).end();
}

bool requires_field(Event event, const FieldRow& row) {
  return std::ranges::any_of(fields_taken_by(event), [&row](const TakenField& taken) {
    return taken.field == row.item && taken.is_required;
  });
}

std::string option_of(const FieldRow& row) {
  std::string option = "--" + std::string(row.name);
  std::ranges::replace(option, '_', '-');
  return option;
}

}  // namespace law
