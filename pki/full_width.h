// Digits as the resident register writes them.

#pragma once

#include <array>
#include <string_view>

namespace pki {

// U+FF10 to U+FF19 in UTF-8, three bytes each; the index is the value.
inline constexpr std::array<std::string_view, 10> kFullWidthDigits = {"０", "１", "２", "３", "４",
                                                                      "５", "６", "７", "８", "９"};

}  // namespace pki
