// Numbers as they stand in texts.

#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace pki {

// The number that the whole of `text` is, in digits of `base` alone: no sign, no space, no prefix. Nothing
// for any other text and for a number that does not fit.
template <std::unsigned_integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace pki
