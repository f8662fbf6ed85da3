// The words of the law's tables (law/rule.h) in the reader's language.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pki/message.h"

namespace cli {

// `english`: what the tables say of a moment, a day of the scheme, a cause of lapse, or the end and the
// exception of a clock of the card. Nothing for other text.
[[nodiscard]] std::optional<std::string> words_of_law(std::string_view english, pki::Language language);

}  // namespace cli
