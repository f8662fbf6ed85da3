// How the items of an event change the resident's record (law/event_details.h has what each event says).

#pragma once

#include <string_view>

#include "law/event_details.h"
#include "law/policy.h"
#include "pki/result.h"
#include "pki/text.h"
#include "registry/residents.h"

namespace law {

// The day of the event, the day on which it is recorded, and how addresses must begin.
struct EventDays {
  pki::Date occurred_on;
  pki::Date today;
  AddressRule addresses = AddressRule::prefecture_first;
};

// Errc::invalid_value for a date of birth that can only lie in the future or before the Meiji era; parts of
// it may be unknown (pki/birth_date.h).
[[nodiscard]] pki::Result<void> check_birth_date(pki::Date birth, pki::Date today);

// What a resident who is entered today may have. Errc::refused_by_law for an item before the register had it,
// for someone abroad before the law knew such holders (2024-05-27) and for a foreign one (Act 3-2: those in a
// 戸籍の附票); Errc::invalid_value for a leaving that is to come.
[[nodiscard]] pki::Result<void> check_entry(const registry::Resident& resident, pki::Date today);

// Applies an event to `resident`, which is the record before it. Errc::invalid_value names the item that the
// register cannot hold; Errc::refused_by_law is for an event that changes nothing, or that the resident's
// state or the law does not allow.
[[nodiscard]] pki::Result<registry::Resident> apply_items(const store::ReadTransaction& transaction,
                                                          registry::Resident resident,
                                                          const EventDetails& details, const EventDays& days);

// True for the refusal of an event that changes nothing: the item is so already, no notice stands that could
// be withdrawn, nothing is held.
[[nodiscard]] bool is_unchanged(const pki::Error& error);

using pki::check_filled_line;
// The same for the texts of the register, shared with the entry of residents: their characters are those of
// pki/repertoire, or at least ones that a substitute can stand for.
[[nodiscard]] pki::Result<void> check_register_text(std::string_view field, std::string_view text,
                                                    std::size_t characters_max);
// A ward, or a municipality without wards.
[[nodiscard]] pki::Result<void> check_place_of_residence(const store::ReadTransaction& transaction,
                                                         std::uint32_t code);

// The text of an address, and that it begins with the prefecture of its municipality where the rule says so,
// without regard to width and variants of characters. REQUIRES: the municipality is in the table.
[[nodiscard]] pki::Result<void> check_address(const store::ReadTransaction& transaction,
                                              std::string_view address, std::uint32_t municipality,
                                              AddressRule rule);

inline constexpr std::size_t kNameCharactersMax = 100;
inline constexpr std::size_t kEventIdCharactersMax = 200;
// docs/profiles.md, otherName .5.
inline constexpr std::size_t kAddressCharactersMax = 200;

}  // namespace law
