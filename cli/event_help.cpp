// Makes the help of `jpki event`; of `jpki event NAME --help` with the options that the event takes.

#include "cli/event_help.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "cli/help_format.h"
#include "law/event_fields.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

// Of each option its line, or nothing.
class EventHelp final : public HelpFormatter {
 public:
  EventHelp(const CLI::Option* name, Language language)
      : name_(name), required_(pki::Message(messages::required_by_event).in(language)) {}

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string text = HelpFormatter::make_option(option, is_positional);
    const auto event = named_event();
    const law::FieldRow* const row = is_positional ? nullptr : row_of(*option);
    if (!event || row == nullptr) return text;
    if (!law::takes(*event, *row)) return {};
    if (law::requires_field(*event, *row)) text.insert(text.find_last_not_of('\n') + 1, required_);
    return text;
  }

 private:
  [[nodiscard]] std::optional<law::Event> named_event() const {
    return name_->results().empty() ? std::nullopt : law::parse_reported_event(name_->results().front());
  }
  static const law::FieldRow* row_of(const CLI::Option& option) {
    if (option.get_lnames().empty()) return nullptr;
    std::string name = option.get_lnames().front();
    std::ranges::replace(name, '-', '_');
    return law::find_field_row(name);
  }

  const CLI::Option* name_;
  std::string required_;
};

}  // namespace

void set_event_help(const Command& event, const Option& name, Language language) {
  event.parser().formatter(std::make_shared<EventHelp>(&name.parser(), language));
}

}  // namespace cli
