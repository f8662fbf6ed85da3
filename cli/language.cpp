// The values of --lang.

#include "cli/language.h"

#include "cli/failure.h"

namespace cli {

Language parse_language(const std::string& text) {
  if (text == "en") return Language::en;
  if (text == "ja") return Language::ja;
  throw Failure(kUsage, "--lang must be en or ja");
}

}  // namespace cli
