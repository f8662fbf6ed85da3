// A converter, opened once and reset before each text.

#include "pki/charset.h"

#include <iconv.h>

#include <cstddef>

#include "pki/message.h"
#include "pki/messages/pki.h"

namespace pki {

CharsetConverter::CharsetConverter(const char* from, const char* to) : descriptor_(iconv_open(to, from)) {
  // iconv_open answers (iconv_t)-1 when a converter is not installed.
  if (descriptor_ == reinterpret_cast<iconv_t>(-1))  // NOLINT(performance-no-int-to-ptr)
    throw MessageError({messages::charset_unavailable, from, to});
}

CharsetConverter::~CharsetConverter() {
  iconv_close(descriptor_);
}

bool CharsetConverter::convert(std::string_view text, std::string& output) const {
  iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);
  std::string input(text);
  // No encoding here makes more than four bytes of one; half-width katakana take three in UTF-8.
  output.resize(4 * text.size());
  char* in = input.data();
  char* out = output.data();
  std::size_t in_left = input.size(), out_left = output.size();
  if (iconv(descriptor_, &in, &in_left, &out, &out_left) != 0 || in_left != 0) return false;
  output.resize(output.size() - out_left);
  return true;
}

}  // namespace pki
