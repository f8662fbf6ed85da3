// Serial numbers as people write them.

#include "pki/serial_number.h"

#include "pki/number.h"

namespace pki {

std::optional<SerialNumber> parse_serial(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  const auto value = parse_number<std::uint64_t>(digits, hexadecimal ? 16 : 10);
  if (!value || *value == 0 || (*value >> 63U) != 0) return std::nullopt;
  return SerialNumber{*value};
}

}  // namespace pki
