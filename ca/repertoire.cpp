// glibc's iconv decides what is inside: what it converts to EUC-JP.

#include "ca/repertoire.h"

#include <iconv.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "pki/name.h"

namespace ca {

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

}  // namespace

pki::Result<SubstitutedText> substitute_outside_repertoire(std::string_view text,
                                                           std::string_view substitute) {
  if (!pki::is_utf8(text) || !pki::is_utf8(substitute))
    return pki::fail(pki::Errc::malformed, "a text of the register must be UTF-8");
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
    const std::string_view replacement = i < replacements.size() ? normalised(replacements[i]) : kGeta;
    result.text += converter.accepts(replacement) ? replacement : kGeta;
    result.flags += '1';
  }
  return result;
}

}  // namespace ca
