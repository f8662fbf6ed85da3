// Text forms of byte strings; Botan does the base64 and hexadecimal.

#include "pki/bytes.h"

#include <botan/base64.h>
#include <botan/exceptn.h>
#include <botan/hex.h>

#include <algorithm>

namespace pki {

bool equal(ByteView a, ByteView b) {
  return std::ranges::equal(a, b);
}

std::string to_hex(ByteView bytes) {
  return Botan::hex_encode(bytes.data(), bytes.size());
}

std::optional<Bytes> from_hex(std::string_view text) {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (text.size() % 2 != 0 || !std::ranges::all_of(text, is_hex)) return std::nullopt;
  return Botan::hex_decode(text.data(), text.size());
}

std::string to_base64(ByteView bytes) {
  return Botan::base64_encode(bytes.data(), bytes.size());
}

std::optional<Bytes> from_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  if (text.size() % 4 == 1 || text.find('=') != std::string_view::npos) return std::nullopt;
  std::string canonical(text);
  for (char& c : canonical) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  canonical.append((4 - canonical.size() % 4) % 4, '=');
  try {
    const auto decoded = Botan::base64_decode(canonical.data(), canonical.size(), /*ignore_ws=*/false);
    return Bytes(decoded.begin(), decoded.end());
  } catch (const Botan::Exception&) {
    return std::nullopt;
  }
}

void append_big_endian(Bytes& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i > 0; --i)
    out.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
}

}  // namespace pki
