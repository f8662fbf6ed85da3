// Checking the characters of a text that is shown again.

#include "pki/line.h"

#include "pki/messages/pki.h"

#include <algorithm>
#include <string>

#include "pki/text.h"

namespace pki {

namespace {

// The code point of one character of a well-formed text.
char32_t code_point_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  // The first byte has as many leading ones as the character has bytes, then a zero.
  char32_t point = first & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1))
    point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return point;
}

bool is_control(char32_t point) {
  const bool is_separator = point == 0x2028 || point == 0x2029;
  return point < 0x20 || (0x7F <= point && point < 0xA0) || is_separator;
}

// The characters of Unicode's property Bidi_Control.
bool is_bidirectional(char32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F || (0x202A <= point && point <= 0x202E) ||
         (0x2066 <= point && point <= 0x2069);
}

bool is_layout(char32_t point) {
  return point == '\t' || point == '\n' || point == '\r';
}

Result<void> check(std::string_view field, std::string_view text, std::size_t points_max,
                   const MessageText& what, bool layout_allowed) {
  const auto is_refused = [&](std::string_view character) {
    const char32_t point = code_point_of(character);
    return (is_control(point) && !(layout_allowed && is_layout(point))) || is_bidirectional(point);
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

Result<void> check_lines(std::string_view field, std::string_view text, std::size_t points_max) {
  return check(field, text, points_max, messages::lines_form, true);
}

}  // namespace pki
