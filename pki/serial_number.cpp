// Serial numbers as people write them.

#include "pki/serial_number.h"

#include <charconv>

namespace pki {

std::optional<SerialNumber> parse_serial(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || stop != end || value == 0 || (value >> 63U) != 0) return std::nullopt;
  return SerialNumber{value};
}

}  // namespace pki
