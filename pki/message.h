// What the program says to people: entries of one catalogue, each in English and in Japanese.
//
// An entry is declared once, in `pki/messages/ROOM.inc`, and included through `pki/messages/ROOM.h` by the
// room that says it, as `messages::ID`. `./dev lint` finds messages that a room writes as plain text, and
// entries that are not used. A Message is an entry with its arguments; it becomes text at the edge (the
// command line, a problem detail, the log), where the reader's language is known. Text that others wrote
// (file names, the words of the operating system or of a peer) is a Message without an entry and is the same
// in every language.

#pragma once

#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pki {

enum class Language { en, ja };

// One entry: `{0}`, `{1}` … stand for the arguments; both texts name the same ones.
struct MessageText {
  std::string_view id;  // snake_case, unique in its room, e.g. "planned_before_birth"
  std::string_view en;
  std::string_view ja;
};

class Message {
 public:
  Message() = default;
  // Text that is in no catalogue.
  template <typename Text>
    requires std::constructible_from<std::string, Text>
  Message(Text&& text) : plain_(std::forward<Text>(text)) {}  // NOLINT(google-explicit-constructor)
  // `arguments`: text or messages, in the order of their numbers. The entry outlives the message.
  template <typename... Arguments>
  Message(const MessageText& entry, Arguments&&... arguments)  // NOLINT(google-explicit-constructor)
      : entry_(&entry) {
    arguments_.reserve(sizeof...(arguments));
    (arguments_.emplace_back(std::forward<Arguments>(arguments)), ...);
  }

  [[nodiscard]] std::string in(Language language) const;
  // The entry's id; empty for text that is in no catalogue.
  [[nodiscard]] std::string_view id() const { return entry_ == nullptr ? std::string_view() : entry_->id; }
  [[nodiscard]] bool empty() const { return entry_ == nullptr && plain_.empty(); }

 private:
  const MessageText* entry_ = nullptr;
  std::string plain_;
  std::vector<Message> arguments_;
};

// An exception that says a message; what() is its English text, for logs and for handlers that know no
// languages.
class MessageError : public std::runtime_error {
 public:
  explicit MessageError(Message message)
      : std::runtime_error(message.in(Language::en)), message_(std::move(message)) {}
  [[nodiscard]] const Message& message() const { return message_; }

 private:
  Message message_;
};

// What an exception says: its message, or what() as text that is in no catalogue.
[[nodiscard]] Message message_of(const std::exception& exception);

}  // namespace pki
