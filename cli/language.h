// The two languages in which commands explain: --lang en or ja.

#pragma once

#include <string>

namespace cli {

enum class Language { en, ja };

// Throws Failure (usage) for anything but "en" and "ja".
[[nodiscard]] Language parse_language(const std::string& text);

}  // namespace cli
