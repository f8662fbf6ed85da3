// --lang and the locale.

#include "cli/language.h"

#include <cstdlib>
#include <optional>

#include "cli/failure.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

std::optional<Language> language_named(std::string_view text) {
  if (text == "en") return Language::en;
  if (text == "ja") return Language::ja;
  return std::nullopt;
}

// Nothing else runs yet.
Language language_of_environment() {
  for (const char* const name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr && *value != '\0') return language_of_locale(value);
  }
  return Language::en;
}

bool is_utf8(std::string_view codeset) {
  return codeset == "UTF-8" || codeset == "utf-8" || codeset == "UTF8" || codeset == "utf8";
}

}  // namespace

Language parse_language(const std::string& text) {
  if (const auto language = language_named(text)) return *language;
  throw Failure(kUsage, messages::lang_form);
}

Language language_of_locale(std::string_view locale) {
  locale = locale.substr(0, locale.find('@'));
  const std::size_t dot = locale.find('.');
  const std::string_view name = locale.substr(0, dot);
  if (name != "ja" && !name.starts_with("ja_")) return Language::en;
  return dot == std::string_view::npos || is_utf8(locale.substr(dot + 1)) ? Language::ja : Language::en;
}

Language choose_language(std::span<const char* const> arguments) {
  constexpr std::string_view kOption = "--lang";
  std::optional<Language> said;
  for (std::size_t i = 0; i < arguments.size() && std::string_view(arguments[i]) != "--"; ++i) {
    const std::string_view text = arguments[i];
    std::optional<Language> named;
    if (text == kOption && i + 1 < arguments.size()) named = language_named(arguments[i + 1]);
    if (text.starts_with("--lang=")) named = language_named(text.substr(kOption.size() + 1));
    if (named) said = named;
  }
  return said ? *said : language_of_environment();
}

}  // namespace cli
