// What the values of all header fields have in common.

#pragma once

#include <string_view>

namespace http {

// Without the optional whitespace around it (OWS, RFC 9110 section 5.6.3).
[[nodiscard]] constexpr std::string_view without_whitespace(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace http
