// What an event carries: which items it needs, and how they change the resident.

#pragma once

#include <span>
#include <string_view>

#include "law/lifecycle.h"
#include "pki/result.h"
#include "pki/text.h"
#include "registry/residents.h"

namespace law {

// The day of the event, and the day on which it is recorded.
struct EventDays {
  pki::Date occurred_on;
  pki::Date today;
};

// True for events about keys, which may concern one kind of certificate alone; all others concern every
// certificate (Act 12(1), 31(1) know no choice, nor do Ordinance 17, 53 about a card that lapsed).
[[nodiscard]] bool may_name_a_kind(Event event);

// The items that an event takes, by the field names of feeds and of the API. The date, the event's id and the
// feed's numbers go with every event.
[[nodiscard]] std::span<const std::string_view> items_taken_by(Event event);

// Errc::invalid_value for a date of birth that can only lie in the future or before the Meiji era; parts of
// it may be unknown (pki/birth_date.h).
[[nodiscard]] pki::Result<void> check_birth_date(pki::Date birth, pki::Date today);

// Errc::refused_by_law for someone abroad before the law knew such holders (2024-05-27).
[[nodiscard]] pki::Result<void> check_residency(const registry::Resident& resident, pki::Date today);

// Checks the items of `request` against its event and applies them to `resident`. Errc::invalid_value names
// the item that is missing, wrong or without effect; Errc::refused_by_law for a resident already removed.
[[nodiscard]] pki::Result<registry::Resident> apply_items(const store::ReadTransaction& transaction,
                                                          registry::Resident resident,
                                                          const EventRequest& request, const EventDays& days);

// The items as they are kept with the event.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> items_of(const EventRequest& request);

using pki::check_filled_line;
// The same for the texts of the register, shared with the entry of residents: their characters are those of
// pki/repertoire, or at least ones that a substitute can stand for.
[[nodiscard]] pki::Result<void> check_register_text(std::string_view field, std::string_view text,
                                                    std::size_t characters_max);
// A ward, or a municipality without wards.
[[nodiscard]] pki::Result<void> check_place_of_residence(const store::ReadTransaction& transaction,
                                                         std::uint32_t code);

inline constexpr std::size_t kNameCharactersMax = 100;
inline constexpr std::size_t kEventIdCharactersMax = 200;
// docs/profiles.md, otherName .5.
inline constexpr std::size_t kAddressCharactersMax = 200;

}  // namespace law
