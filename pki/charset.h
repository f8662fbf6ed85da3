// Conversion between character encodings by the C library's iconv, the only user of it.

#pragma once

#include <string>
#include <string_view>

namespace pki {

// For one thread.
class CharsetConverter final {
 public:
  // Names as glibc has them, e.g. "UTF-8", "EUC-JP", "CP932". Throws std::runtime_error when the C library
  // has no such converter.
  CharsetConverter(const char* from, const char* to);
  ~CharsetConverter();
  CharsetConverter(const CharsetConverter&) = delete;
  CharsetConverter& operator=(const CharsetConverter&) = delete;

  // Converts a whole text. False for bytes that are not of the first encoding, and for characters that the
  // second one lacks; `output` then means nothing.
  bool convert(std::string_view text, std::string& output) const;

 private:
  void* descriptor_;
};

}  // namespace pki
