// Only the characters concerned are looked up: full-width signs, which NFKC would narrow, keep their form.

#include "pki/unicode_form.h"

#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include <array>
#include <cstdint>
#include <stdexcept>

#include "pki/message.h"
#include "pki/messages/pki.h"

namespace pki {

namespace {

bool is_variation_selector(UChar32 character) {
  return (character >= 0xFE00 && character <= 0xFE0F) || (character >= 0xE0100 && character <= 0xE01EF);
}

bool is_compatibility_ideograph(UChar32 character) {
  return (character >= 0xF900 && character <= 0xFAFF) || (character >= 0x2F800 && character <= 0x2FA1F);
}

const UNormalizer2& nfkc() {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2* const normalizer = unorm2_getNFKCInstance(&status);
  if (U_FAILURE(status) || normalizer == nullptr) throw MessageError(messages::no_nfkc);
  return *normalizer;
}

// The one ideograph that a compatibility ideograph stands for; itself for the twelve that are unified ones.
UChar32 unified(UChar32 character) {
  std::array<UChar, 4> units{};
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t length = unorm2_getDecomposition(&nfkc(), character, units.data(),
                                                      static_cast<std::int32_t>(units.size()), &status);
  if (U_FAILURE(status) || length <= 0) return character;
  UChar32 result = 0;
  U16_GET(units.data(), 0, 0, length, result);
  return result;
}

void append(std::string& text, UChar32 character) {
  std::array<std::uint8_t, U8_MAX_LENGTH> bytes{};
  std::size_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, character);
  for (std::size_t i = 0; i < size; ++i)
    text += static_cast<char>(bytes.at(i));
}

}  // namespace

std::string unified_form(std::string_view text) {
  std::string result;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    UChar32 character = 0;
    U8_NEXT_UNSAFE(bytes, i, character);
    if (is_variation_selector(character)) continue;
    if (is_compatibility_ideograph(character))
      append(result, unified(character));
    else
      result += text.substr(start, i - start);
  }
  return result;
}

}  // namespace pki
