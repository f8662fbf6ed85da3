// How many columns a text takes on a terminal, and columns made by it.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cli {

// Of a text in UTF-8, by the East Asian width of its characters (Unicode Standard Annex 11): two columns for
// a wide or full-width one, none for a combining mark or a variation selector, one for every other. Ambiguous
// ones count one, as terminals in UTF-8 draw them.
[[nodiscard]] std::size_t display_width(std::string_view text);

// The text with as many spaces behind (in front of) it as it lacks of `width` columns; a wider one stays as
// it is.
[[nodiscard]] std::string padded_right(std::string_view text, std::size_t width);
[[nodiscard]] std::string padded_left(std::string_view text, std::size_t width);

}  // namespace cli
