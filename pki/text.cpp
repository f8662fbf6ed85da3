// UTF-8 by its lead and continuation bytes (RFC 3629 section 4).

#include "pki/text.h"

#include "pki/messages/pki.h"

#include <algorithm>
#include <cstdint>

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

Result<void> check_text(std::string_view field, std::string_view text, std::size_t characters_max) {
  const std::string name(field);
  if (text.empty()) return invalid(name, {messages::text_empty, name});
  if (!is_utf8(text)) return invalid(name, {messages::text_not_utf8, name});
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, is_control)) return invalid(name, {messages::text_control, name});
  if (count_code_points(text) > characters_max)
    return invalid(name, {messages::text_long, name, std::to_string(characters_max)});
  return {};
}

}  // namespace pki
