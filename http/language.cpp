// Reading weighted language ranges: #( language-range [ weight ] ), RFC 9110 sections 12.4.2 and 12.5.4.

#include "http/language.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>

namespace http {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

// Takes the text up to the separator, and the separator, off the front.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trimmed(part);
}

// "0.8" as 800; nothing for what is no qvalue.
std::optional<int> read_weight(std::string_view text) {
  constexpr std::size_t kLongest = 5;
  if (text.empty() || text.size() > kLongest || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * 1000;
  int unit = 100;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return std::nullopt;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

// The weight that one element gives to its range; nothing when it is malformed.
std::optional<int> weight_of(std::string_view parameters) {
  constexpr int kUsual = 1000;
  while (!parameters.empty()) {
    const std::string_view parameter = take(parameters, ';');
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) return read_weight(parameter.substr(2));
  }
  return kUsual;
}

struct Preference {
  int weight = 0;
  // The number of the element that gave it.
  std::size_t place = 0;
};

}  // namespace

pki::Language preferred_language(std::string_view accept_language) {
  std::optional<Preference> english, japanese, others;
  for (std::size_t place = 0; !accept_language.empty(); ++place) {
    std::string_view element = take(accept_language, ',');
    std::string range(take(element, ';'));
    std::ranges::transform(range, range.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto weight = weight_of(element);
    if (!weight) return pki::Language::en;
    const std::string language = range.substr(0, range.find('-'));
    auto* const preference = language == "en"   ? &english
                             : language == "ja" ? &japanese
                             : range == "*"     ? &others
                                                : nullptr;
    if (preference == nullptr) continue;
    if (!*preference || (*preference)->weight < *weight) *preference = Preference{*weight, place};
  }
  if (!japanese) return pki::Language::en;
  const Preference rest = english.value_or(others.value_or(Preference{}));
  const bool is_preferred =
      japanese->weight > rest.weight || (japanese->weight == rest.weight && japanese->place < rest.place);
  return japanese->weight > 0 && is_preferred ? pki::Language::ja : pki::Language::en;
}

}  // namespace http
