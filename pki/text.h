// Texts of people: UTF-8, its characters, and what every text given to the program must satisfy.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "pki/result.h"

namespace pki {

// True for well-formed UTF-8 (RFC 3629) without surrogates, over-long forms or NUL.
[[nodiscard]] bool is_utf8(std::string_view text);
// The number of Unicode code points of a well-formed UTF-8 text.
[[nodiscard]] std::size_t count_code_points(std::string_view text);
// The characters (code points) of a well-formed UTF-8 text, one view each, in order.
[[nodiscard]] std::vector<std::string_view> characters_of(std::string_view text);

// A line of text: UTF-8, not empty, at most `characters_max` characters, none of them a control character.
// Errc::invalid_value names `field`.
[[nodiscard]] Result<void> check_text(std::string_view field, std::string_view text,
                                      std::size_t characters_max);

}  // namespace pki
