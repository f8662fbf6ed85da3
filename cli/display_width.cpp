// Columns of a terminal. The ranges are those of Unicode's EastAsianWidth.txt (15.0), joined where only
// unassigned characters lie between.

#include "cli/display_width.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cli {

namespace {

struct Range {
  char32_t first, last;
};

constexpr std::array kWide = {Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x2329, 0x232A},
                              Range{0x2E80, 0x303E},   Range{0x3041, 0x4DBF},   Range{0x4E00, 0xA4CF},
                              Range{0xA960, 0xA97C},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
                              Range{0xFE10, 0xFE19},   Range{0xFE30, 0xFE6B},   Range{0xFF01, 0xFF60},
                              Range{0xFFE0, 0xFFE6},   Range{0x1AFF0, 0x1B2FB}, Range{0x1F200, 0x1F320},
                              Range{0x1F32D, 0x1F64F}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};

constexpr std::array kNone = {Range{0x0300, 0x036F}, Range{0x200B, 0x200F}, Range{0x3099, 0x309A},
                              Range{0xFE00, 0xFE0F}, Range{0xE0100, 0xE01EF}};

template <std::size_t size>
bool is_in(const std::array<Range, size>& ranges, char32_t character) {
  return std::ranges::any_of(ranges, [character](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

std::size_t width_of(char32_t character) {
  if (is_in(kNone, character)) return 0;
  return is_in(kWide, character) ? 2 : 1;
}

// The character whose first byte is at `at`, which moves behind it. What is no UTF-8 is taken byte by byte.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<std::uint8_t>(text[at++]);
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (more == 0) return first;
  char32_t character = first & (0x3FU >> more);
  for (std::size_t i = 0; i < more && at < text.size(); ++i)
    character = character << 6U | (static_cast<std::uint8_t>(text[at++]) & 0x3FU);
  return character;
}

std::string spaces(std::string_view text, std::size_t width) {
  const std::size_t taken = display_width(text);
  std::string space;
  if (taken < width) space.assign(width - taken, ' ');
  return space;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();)
    width += width_of(next_character(text, at));
  return width;
}

std::string padded_right(std::string_view text, std::size_t width) {
  return std::string(text) + spaces(text, width);
}

std::string padded_left(std::string_view text, std::size_t width) {
  return spaces(text, width) + std::string(text);
}

}  // namespace cli
