// Clocks that will end: an index of residents by the moment at which a clock of theirs ends.
//
// It says only where to look. What happens then is decided from the resident's own record (law/due), so an
// entry that is no longer true does no harm.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pki/time.h"
#include "registry/resident_id.h"
#include "store/environment.h"
#include "store/row_cursor.h"

namespace registry {

// Stored in keys: never change a value.
enum class DueCause : std::uint8_t {
  planned_date = 1,   // The planned date of a departure has come.
  thirty_days = 2,    // Thirty days have passed since then without a move-in.
  fourteen_days = 3,  // Fourteen days have passed since the return from abroad without a move-in.
  ninety_days = 4,    // Ninety days have passed since a move-in without the card being presented.
  card_expiry = 5,    // The card's last day is over, and certificates on it are not.
};

// The words of records and of the API: planned-date, thirty-days, fourteen-days, ninety-days, card-expiry.
[[nodiscard]] std::string_view to_string(DueCause cause);
[[nodiscard]] std::optional<DueCause> parse_due_cause(std::string_view text);

struct DueEntry {
  pki::Time at;
  DueCause cause = DueCause::planned_date;
  ResidentId resident;

  friend bool operator==(const DueEntry&, const DueEntry&) = default;
};

void put_due(store::WriteTransaction& transaction, const DueEntry& entry);
// Nothing happens when there is no such entry.
void erase_due(store::WriteTransaction& transaction, const DueEntry& entry);

// The entries in the order of their moments.
using DueCursor = store::RowCursor<DueEntry>;
[[nodiscard]] DueCursor due_entries(const store::ReadTransaction& transaction);

}  // namespace registry
