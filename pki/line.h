// Texts that people enter to be shown again: names of verifiers, operators and terminals, plans of approvals.
//
// Control characters and bidirectional formatting could forge lines of a list or a log, or show a name as
// another (Unicode Technical Report 36), so they are refused where such a text comes in.

#pragma once

#include <cstddef>
#include <string_view>

#include "pki/result.h"

namespace pki {

// The most code points of a name.
inline constexpr std::size_t kMaxNamePoints = 200;

// Errc::invalid_value, with the field's name, unless the text is well-formed UTF-8 of at most `points_max`
// code points without control characters (C0, DEL, C1), line or paragraph separators, or bidirectional
// formatting. The empty text passes.
[[nodiscard]] Result<void> check_line(std::string_view field, std::string_view text,
                                      std::size_t points_max = kMaxNamePoints);
// The same for a text of several lines, in which tabs and ends of lines may stand.
[[nodiscard]] Result<void> check_lines(std::string_view field, std::string_view text, std::size_t points_max);

}  // namespace pki
