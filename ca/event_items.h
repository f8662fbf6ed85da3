// What an event carries: which items it needs, and how they change the resident.

#pragma once

#include "ca/lifecycle.h"
#include "pki/result.h"
#include "registry/residents.h"

namespace ca {

// Checks the items of `request` against its event and applies them to `resident`. Errc::invalid_value names
// the item that is missing, wrong or without effect; Errc::refused_by_law for a resident already removed.
[[nodiscard]] pki::Result<registry::Resident> apply_items(const registry::ReadTransaction& transaction,
                                                          registry::Resident resident,
                                                          const EventRequest& request, pki::Date occurred_on);

// The items as they are kept with the event.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> items_of(const EventRequest& request);

// Rules for the texts of the register, shared with the entry of residents. Errc::invalid_value names `field`.
[[nodiscard]] pki::Result<void> check_register_text(std::string_view field, std::string_view text,
                                                    std::size_t characters_max);
// A ward, or a municipality without wards.
[[nodiscard]] pki::Result<void> check_place_of_residence(const registry::ReadTransaction& transaction,
                                                         std::uint32_t code);

inline constexpr std::size_t kNameCharactersMax = 100;
// jpki-facts 2.2, otherName .5.
inline constexpr std::size_t kAddressCharactersMax = 200;

}  // namespace ca
