// Byte strings and their text forms: the vocabulary in which every encoding is written.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pki {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// The bytes of a text, without a copy.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Bytes seen as text, without a copy; the caller knows that they are text.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(ByteView view) {
  return {view.begin(), view.end()};
}

// Appends `tail` to `out`.
inline void append(Bytes& out, ByteView tail) {
  out.insert(out.end(), tail.begin(), tail.end());
}

[[nodiscard]] bool equal(ByteView a, ByteView b);

// Upper-case hexadecimal without separators.
[[nodiscard]] std::string to_hex(ByteView bytes);
// Nothing for an odd length or a character that is not a hexadecimal digit; either case is accepted.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

// RFC 4648 section 4, with padding and without line breaks.
[[nodiscard]] std::string to_base64(ByteView bytes);
// RFC 4648 section 4 or 5 (base64url); padding may be missing, white space is refused.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

// Unsigned integers in network byte order, `width` bytes wide (1..8).
void append_big_endian(Bytes& out, std::uint64_t value, std::size_t width);
[[nodiscard]] inline std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes)
    value = (value << 8U) | byte;
  return value;
}

}  // namespace pki
