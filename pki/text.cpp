// UTF-8 by its lead and continuation bytes (RFC 3629 section 4), and the check of what is shown again.

#include "pki/text.h"

#include "pki/messages/pki.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace pki {

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    if (lead == 0) return false;
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
    if (size == 0 || i + size > text.size()) return false;
    for (std::size_t k = 1; k < size; ++k)
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xC0U) != 0x80) return false;
    const auto second = size > 1 ? static_cast<std::uint8_t>(text[i + 1]) : std::uint8_t{0};
    const bool out_of_range = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                              (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    if (out_of_range) return false;
    i += size;
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80; }));
}

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> list;
  std::size_t start = 0;
  for (std::size_t i = 1; i <= text.size(); ++i) {
    if (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80) continue;
    list.push_back(text.substr(start, i - start));
    start = i;
  }
  return list;
}

char32_t code_point_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  // The first byte has as many leading ones as the character has bytes, then a zero.
  char32_t point = first & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1))
    point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return point;
}

namespace {

bool is_control(char32_t point) {
  const bool is_separator = point == 0x2028 || point == 0x2029;
  return point < 0x20 || (0x7F <= point && point < 0xA0) || is_separator;
}

// The characters of Unicode's property Bidi_Control.
bool is_bidirectional(char32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F || (0x202A <= point && point <= 0x202E) ||
         (0x2066 <= point && point <= 0x2069);
}

struct CodePointRange {
  char32_t first, last;
};

// What is shown as nothing or as a gap, so that two names look the same, or a line has more than it shows:
// Unicode's Default_Ignorable_Code_Point without the variation selectors, which Japanese names need, and the
// fillers and noncharacters that fonts leave blank.
constexpr std::array kInvisible = {
    CodePointRange{0x00AD, 0x00AD},   CodePointRange{0x034F, 0x034F},   CodePointRange{0x115F, 0x1160},
    CodePointRange{0x17B4, 0x17B5},   CodePointRange{0x180E, 0x180E},   CodePointRange{0x200B, 0x200D},
    CodePointRange{0x2060, 0x206F},   CodePointRange{0x2800, 0x2800},   CodePointRange{0x3164, 0x3164},
    CodePointRange{0xFDD0, 0xFDEF},   CodePointRange{0xFEFF, 0xFEFF},   CodePointRange{0xFFA0, 0xFFA0},
    CodePointRange{0xFFF0, 0xFFFB},   CodePointRange{0xFFFE, 0xFFFF},   CodePointRange{0x1BCA0, 0x1BCA3},
    CodePointRange{0x1D173, 0x1D17A}, CodePointRange{0xE0000, 0xE00FF}, CodePointRange{0xE01F0, 0xE0FFF}};

bool is_invisible(char32_t point) {
  return std::ranges::any_of(kInvisible, [point](const CodePointRange& range) {
    return range.first <= point && point <= range.last;
  });
}

bool is_layout(char32_t point) {
  return point == '\t' || point == '\n' || point == '\r';
}

Result<void> check(std::string_view field, std::string_view text, std::size_t points_max,
                   const MessageText& what, bool layout_allowed) {
  const auto is_refused = [&](std::string_view character) {
    const char32_t point = code_point_of(character);
    return (is_control(point) && !(layout_allowed && is_layout(point))) || is_bidirectional(point) ||
           is_invisible(point);
  };
  if (!is_utf8(text) || count_code_points(text) > points_max ||
      std::ranges::any_of(characters_of(text), is_refused))
    return invalid(std::string(field), {what, field, std::to_string(points_max)});
  return {};
}

}  // namespace

Result<void> check_line(std::string_view field, std::string_view text, std::size_t points_max) {
  return check(field, text, points_max, messages::line_form, false);
}

Result<void> check_filled_line(std::string_view field, std::string_view text, std::size_t points_max) {
  if (text.empty()) return invalid(std::string(field), {messages::text_empty, field});
  return check_line(field, text, points_max);
}

Result<void> check_lines(std::string_view field, std::string_view text, std::size_t points_max) {
  return check(field, text, points_max, messages::lines_form, true);
}

}  // namespace pki
