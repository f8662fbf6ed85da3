// What events do to certificates, in words for a terminal.

#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "cli/language.h"

namespace cli {

// One line a certificate: outcome, certificate, kind, reason, article.
[[nodiscard]] std::string words_of_certificates(const boost::json::array& certificates, Language language);
// One line for an event that a clock brings, and those of its certificates. The moment is shown as the day in
// Japan on which it comes.
[[nodiscard]] std::string words_of_due(const boost::json::object& due, Language language);
// The same of one that has not come and may not: what it would do, set in and in the conditional.
[[nodiscard]] std::string words_of_upcoming(const boost::json::object& due, Language language);

// A machine's word (an event, an outcome, a kind) as it is in English, and as the law has it in Japanese.
[[nodiscard]] std::string event_text(const std::string& event, Language language);
[[nodiscard]] std::string outcome_text(const std::string& outcome, Language language);
[[nodiscard]] std::string kind_text(const std::string& kind, Language language);
// What the law's tables say (law/rule.h), a cause of lapse among others.
[[nodiscard]] std::string law_text(std::string_view english, Language language);
[[nodiscard]] std::string article_text(const std::string& article, Language language);

}  // namespace cli
