// The words for the law's events, outcomes, reasons and articles, in English and Japanese.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/language.h"

namespace cli {

// A text in both languages.
struct Words {
  std::string_view en, ja;

  [[nodiscard]] std::string_view in(Language language) const { return language == Language::ja ? ja : en; }
};

// What was recorded: a clause behind "recorded that", and a noun before 「を記録しました」. Nothing for a
// name that is no event.
[[nodiscard]] std::optional<Words> event_words(std::string_view event);
// What became of a certificate: a predicate. Nothing for a word that is no outcome.
[[nodiscard]] std::optional<Words> outcome_words(std::string_view outcome);
// A CRLReason by its RFC 5280 name. Nothing for a name that is none.
[[nodiscard]] std::optional<Words> reason_words(std::string_view reason);
// sign, auth, mobile-sign, mobile-auth: a noun.
[[nodiscard]] std::optional<Words> kind_words(std::string_view kind);

// "Act 12(1)(ii), 15(1)" as the articles of the rule table are written, in Japanese:
// 公的個人認証法第12条第1項第2号、第15条第1項. What it does not know stays as it is.
[[nodiscard]] std::string article_in_japanese(std::string_view article);

}  // namespace cli
