// What Unicode itself says about the forms of a character, from the tables of ICU.
//
// Two facts of the standard are used: variation selectors choose a glyph of the ideograph before them and no
// other character (UTS #37), and compatibility ideographs decompose to the unified one (UAX #15, NFKC):
// U+FA19 is 神.

#pragma once

#include <string>
#include <string_view>

namespace pki {

// `text` without variation selectors and with the unified ideograph for each compatibility ideograph. `text`
// must be UTF-8. Throws std::runtime_error where ICU has no data.
[[nodiscard]] std::string unified_form(std::string_view text);

}  // namespace pki
