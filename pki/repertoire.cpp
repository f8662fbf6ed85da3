// glibc's iconv decides what is inside: what it converts to EUC-JP.

#include "pki/repertoire.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "pki/messages/pki.h"
#include "pki/plain_form.h"
#include "pki/text.h"

namespace pki {

namespace {

constexpr std::string_view kGeta = "〓";

class EucJpConverter final {
 public:
  EucJpConverter() : descriptor_(iconv_open("EUC-JP", "UTF-8")) {
    // iconv_open answers (iconv_t)-1 when a converter is not installed.
    if (descriptor_ == reinterpret_cast<iconv_t>(-1))  // NOLINT(performance-no-int-to-ptr)
      throw std::runtime_error(
          "the C library has no converter for EUC-JP: install the gconv modules of glibc");
  }
  ~EucJpConverter() { iconv_close(descriptor_); }
  EucJpConverter(const EucJpConverter&) = delete;
  EucJpConverter& operator=(const EucJpConverter&) = delete;

  bool accepts(std::string_view character) {
    std::string input(character);
    std::array<char, 16> output{};
    char* in = input.data();
    char* out = output.data();
    std::size_t in_left = input.size(), out_left = output.size();
    iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);
    return iconv(descriptor_, &in, &in_left, &out, &out_left) == 0 && in_left == 0;
  }

 private:
  iconv_t descriptor_;
};

// Microsoft's forms of two signs, as CP932 input brings them, become those of JIS X 0208 before anything
// else.
std::string_view normalised(std::string_view character) {
  if (character == "－") return "−";   // U+FF0D to U+2212
  if (character == "～") return "〜";  // U+FF5E to U+301C
  return character;
}

// REQUIRES: one character of well-formed UTF-8.
std::uint32_t code_point_of(std::string_view character) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(character[i]));
  };
  if (character.size() == 1) return byte(0);
  std::uint32_t value = byte(0) & (0xFFU >> (character.size() + 1));
  for (std::size_t i = 1; i < character.size(); ++i)
    value = (value << 6U) | (byte(i) & 0x3FU);
  return value;
}

struct Range {
  std::uint32_t first, last;
};

template <std::size_t N>
bool is_in(std::uint32_t code_point, const std::array<Range, N>& ranges) {
  return std::ranges::any_of(
      ranges, [=](const Range& range) { return range.first <= code_point && code_point <= range.last; });
}

// Ideographs with their extensions and compatibility forms, what selects one of their variants, and the signs
// that Japanese systems write besides: №, ℡, Roman numerals, ①, ㈱ and the like.
constexpr std::array kJapanese = {Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF}, Range{0xF900, 0xFAFF},
                                  Range{0x20000, 0x3FFFF}, Range{0xFE00, 0xFE0F}, Range{0xE0100, 0xE01EF},
                                  Range{0x2116, 0x2116},   Range{0x2121, 0x2121}, Range{0x2160, 0x217F},
                                  Range{0x2460, 0x24FF},   Range{0x3000, 0x30FF}, Range{0x3190, 0x33FF}};
// What nearly every text is made of, and the register's full-width forms: no need to ask.
constexpr std::array kUsual = {Range{0x20, 0x7E}, Range{0x3041, 0x3093}, Range{0x30A1, 0x30F6},
                               Range{0xFF01, 0xFF9F}};

pki::Error outside(std::string_view field, std::string_view character, const pki::MessageText& why) {
  std::string digits;
  for (std::uint32_t rest = code_point_of(character); rest != 0 || digits.size() < 4; rest /= 16)
    digits.insert(digits.begin(), "0123456789ABCDEF"[rest % 16]);
  const std::string name(field);
  return pki::invalid(name, {why, name, digits});
}

}  // namespace

pki::Result<void> check_recordable(std::string_view field, std::string_view text) {
  std::optional<EucJpConverter> converter;
  for (const std::string_view character : pki::characters_of(text)) {
    const std::uint32_t code_point = code_point_of(character);
    if (is_in(code_point, kUsual) || is_in(code_point, kJapanese)) continue;
    if (!converter) converter.emplace();
    if (!converter->accepts(normalised(character)))
      return outside(field, character, pki::messages::character_not_recordable);
  }
  return {};
}

pki::Result<void> check_substitute(std::string_view field, std::string_view text) {
  if (!pki::is_utf8(text)) return pki::invalid(std::string(field), {pki::messages::text_not_utf8, field});
  EucJpConverter converter;
  for (const std::string_view character : pki::characters_of(text))
    if (!converter.accepts(normalised(character)))
      return outside(field, character, pki::messages::substitute_outside);
  return {};
}

pki::Result<SubstitutedText> substitute_outside_repertoire(std::string_view text,
                                                           std::string_view substitute) {
  if (!pki::is_utf8(text) || !pki::is_utf8(substitute))
    return pki::fail(pki::Errc::malformed, pki::messages::register_text_not_utf8);
  EucJpConverter converter;
  const auto wanted = pki::characters_of(text);
  const auto replacements = pki::characters_of(substitute);
  SubstitutedText result;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string_view character = normalised(wanted[i]);
    if (converter.accepts(character)) {
      result.text += character;
      result.flags += '0';
      continue;
    }
    const std::string_view chosen =
        i < replacements.size() ? normalised(replacements[i]) : std::string_view{};
    const std::string plain = pki::plain_form(character);
    if (!chosen.empty() && converter.accepts(chosen))
      result.text += chosen;
    else if (pki::count_code_points(plain) == 1 && converter.accepts(plain))
      result.text += plain;
    else
      result.text += kGeta;
    result.flags += '1';
  }
  return result;
}

}  // namespace pki
