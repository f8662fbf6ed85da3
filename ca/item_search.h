// Looking for a resident's personal items in bytes that must hold none of them.

#pragma once

#include <optional>
#include <string_view>

#include "pki/bytes.h"
#include "registry/residents.h"

namespace ca {

// The name of an item of the resident's record that occurs in `bytes` (DER), e.g. "address"; nothing when
// none does. Looked for are name, furigana, former name, alias and address, as registered, in full width, as
// a signing certificate would record them, and each part of a name that a space sets off; the date of birth
// in digits and in ISO 8601; the resident's id; the sex as a word or as the code of the item, when it is a
// whole string; and the identifiers of the recorded items (1.2.392.200149.8.5.5). ASCII texts of less than
// kShortTextBytes are looked for as whole strings alone, since they occur in URIs and place names by chance.
[[nodiscard]] std::optional<std::string_view> find_personal_item(const registry::Resident& resident,
                                                                 pki::ByteView bytes);

inline constexpr std::size_t kShortTextBytes = 8;

}  // namespace ca
