// The fields of events as callers see them: options of `jpki event`, columns and members of a feed, members
// of the API's event. Which event takes which of the items is law/event_details.h.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "law/event_details.h"

namespace law {

// How a value is written.
enum class FieldType {
  text,
  date,        // YYYY-MM-DD.
  birth_date,  // The same, with zeros for what is unknown.
  flag,        // true or false; an option without a value.
  number,      // Decimal digits, in JSON also a number.
  code,        // A word or a number, which JSON may also write as a number: a municipality, a reason.
  document,    // Base64; of an option, a file.
  choice,      // One of a few words.
};

struct FieldRow {
  std::string_view name;
  FieldType type = FieldType::text;
  std::string_view text;  // For help and documents.
  // The item that it fills; absent for what goes with every event.
  std::optional<EventField> item = {};
};

// Every field besides `event` and `resident`, in the order of help texts.
[[nodiscard]] std::span<const FieldRow> event_field_rows();
// The row of an item. REQUIRES: some event takes the item.
[[nodiscard]] const FieldRow& row_of(EventField item);
// Nothing for a name that no event has.
[[nodiscard]] const FieldRow* find_field_row(std::string_view name);

// True when the event takes the field: an item of its own, or one that goes with every event.
[[nodiscard]] bool takes(Event event, const FieldRow& row);
// True for a field without which the event is refused.
[[nodiscard]] bool requires_field(Event event, const FieldRow& row);
// "--card-expires".
[[nodiscard]] std::string option_of(const FieldRow& row);

}  // namespace law
