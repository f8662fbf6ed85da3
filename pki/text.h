// Texts of people: UTF-8, its characters, and what every text given to the program must satisfy.
//
// Control characters and bidirectional formatting could forge lines of a list or a log, or show a name as
// another (Unicode Technical Report 36), so they are refused where a text comes in.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "pki/result.h"

namespace pki {

// The most code points of a name.
inline constexpr std::size_t kMaxNamePoints = 200;

// True for well-formed UTF-8 (RFC 3629) without surrogates, over-long forms or NUL.
[[nodiscard]] bool is_utf8(std::string_view text);
// The number of Unicode code points of a well-formed UTF-8 text.
[[nodiscard]] std::size_t count_code_points(std::string_view text);
// The characters (code points) of a well-formed UTF-8 text, one view each, in order.
[[nodiscard]] std::vector<std::string_view> characters_of(std::string_view text);
// REQUIRES: one character of well-formed UTF-8.
[[nodiscard]] char32_t code_point_of(std::string_view character);

// Errc::invalid_value, with the field's name, unless the text is well-formed UTF-8 of at most `points_max`
// code points without control characters (C0, DEL, C1), line or paragraph separators, or bidirectional
// formatting. The empty text passes.
[[nodiscard]] Result<void> check_line(std::string_view field, std::string_view text,
                                      std::size_t points_max = kMaxNamePoints);
// The same, and the empty text does not pass.
[[nodiscard]] Result<void> check_filled_line(std::string_view field, std::string_view text,
                                             std::size_t points_max = kMaxNamePoints);
// For a text of several lines, in which tabs and ends of lines may stand.
[[nodiscard]] Result<void> check_lines(std::string_view field, std::string_view text, std::size_t points_max);

}  // namespace pki
