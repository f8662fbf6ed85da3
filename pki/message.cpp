// Messages become text.

#include "pki/message.h"

namespace pki {

std::string Message::in(Language language) const {
  if (entry_ == nullptr) return plain_;
  const std::string_view pattern = language == Language::ja ? entry_->ja : entry_->en;
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    // `{N}`, one digit: an entry has few arguments. Any other brace is itself (JSON in an example).
    const bool is_argument = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}' &&
                             pattern[i + 1] >= '0' && pattern[i + 1] <= '9';
    const auto number = is_argument ? static_cast<std::size_t>(pattern[i + 1] - '0') : arguments_.size();
    if (number >= arguments_.size()) {
      text += pattern[i];
      continue;
    }
    text += arguments_[number].in(language);
    i += 2;
  }
  return text;
}

Message message_of(const std::exception& exception) {
  if (const auto* said = dynamic_cast<const MessageError*>(&exception)) return said->message();
  return exception.what();
}

}  // namespace pki
