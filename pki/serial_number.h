// Certificate serial numbers (RFC 5280 section 4.1.2.2).
//
// JPKI's serials rise by one over everything that a CA name signs; ours fit 63 bits, so that they are at most
// 8 bytes and never negative. Foreign serials are compared as bytes and are simply not ours.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/der.h"

namespace pki {

struct SerialNumber {
  std::uint64_t value = 0;

  friend auto operator<=>(const SerialNumber&, const SerialNumber&) = default;
};

// The serial in the content bytes of an INTEGER; nothing when it is negative, zero or too large to be ours.
[[nodiscard]] inline std::optional<SerialNumber> serial_from_content(ByteView content) {
  if (content.empty() || content.size() > 8 || (content[0] & 0x80U) != 0) return std::nullopt;
  const std::uint64_t value = read_big_endian(content);
  if (value == 0) return std::nullopt;
  return SerialNumber{value};
}

// Decimal, as JPKI's pages and our paths write serials.
[[nodiscard]] inline std::string to_string(SerialNumber serial) {
  return std::to_string(serial.value);
}

// A decimal serial of our range, or 0x and hexadecimal digits as OpenSSL prints them.
[[nodiscard]] std::optional<SerialNumber> parse_serial(std::string_view text);

}  // namespace pki
