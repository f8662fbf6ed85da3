// The language in which commands speak: --lang, else what the locale says, else English.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pki/message.h"

namespace cli {

using pki::Language;

// Throws Failure (usage) for anything but "en" and "ja".
[[nodiscard]] Language parse_language(const std::string& text);

// A locale's name as POSIX 8.2 has it, language[_territory][.codeset][@modifier]: Japanese for ja in UTF-8,
// which is what a name without a codeset means here; English for every other, and for an encoding that is not
// written.
[[nodiscard]] Language language_of_locale(std::string_view locale);

// Before the command line is parsed, since its help is in that language: the last --lang with a known value,
// else the first of LC_ALL, LC_MESSAGES and LANG that is set and not empty.
[[nodiscard]] Language choose_language(std::span<const char* const> arguments);

}  // namespace cli
