// The deepest command that was understood says which commands and options were possible.

#include "cli/usage_error.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

#include "pki/messages/cli.h"

namespace cli {

namespace {

// How many insertions, removals and replacements make one text the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// The nearest of the names, one that begins so before all others; empty when none is near.
std::string nearest(std::string_view given, const std::vector<std::string>& names) {
  constexpr std::size_t kBeginning = 4;
  if (given.size() >= kBeginning)
    for (const std::string& name : names)
      if (name.starts_with(given)) return name;
  std::string best;
  std::size_t least = std::max<std::size_t>(2, given.size() / 3) + 1;
  for (const std::string& name : names)
    if (const std::size_t far = distance(given, name); far < least) {
      least = far;
      best = name;
    }
  return best;
}

// The command that the line got to.
const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty())
    at = at->get_subcommands().back();
  return *at;
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return "jpki";
  return full_name(*parent) + " " + command.get_name();
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent())
    for (const CLI::Option* option : at->get_options())
      for (const std::string& name : option->get_lnames())
        names.push_back("--" + name);
  return names;
}

// Whether the argument is an option of the command, or of one above it, whose value is the argument after it.
bool takes_next(const CLI::App& command, const std::string& argument) {
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent())
    if (const CLI::Option* const option = at->get_option_no_throw(argument))
      return option->get_items_expected_max() > 0;
  return false;
}

// What stands behind the command's own name and is no option or its value: the command that was meant.
std::string word_after(const CLI::App& command, std::span<const char* const> arguments) {
  std::size_t at = 1;
  if (command.get_parent() != nullptr)
    while (at < arguments.size() && command.get_name() != arguments[at++]) {
    }
  while (at < arguments.size() && arguments[at][0] == '-')
    at += takes_next(command, arguments[at]) ? 2 : 1;
  return at < arguments.size() ? arguments[at] : "";
}

// `words`, and the name that was probably meant.
pki::Message with_hint(pki::Message words, const std::string& hint) {
  return hint.empty() ? words : pki::Message(messages::did_you_mean, std::move(words), hint);
}

// CLI11 says "Could not convert: --port = 99999".
std::optional<pki::Message> conversion_error(std::string_view words) {
  constexpr std::string_view kStart = "Could not convert: ", kMiddle = " = ";
  if (!words.starts_with(kStart)) return std::nullopt;
  words.remove_prefix(kStart.size());
  const std::size_t middle = words.find(kMiddle);
  if (middle == std::string_view::npos) return std::nullopt;
  return pki::Message(messages::not_in_range, words.substr(0, middle), words.substr(middle + kMiddle.size()));
}

// The part of the text before the marker; nothing when the marker is not there.
std::optional<std::string> before(std::string_view text, std::string_view marker) {
  const std::size_t at = text.find(marker);
  if (at == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(0, at));
}

// CLI11's own sentences, which are English (its Error.hpp).
pki::Message parser_error(const CLI::ParseError& error) {
  const std::string text = error.what();
  if (auto message = conversion_error(text)) return std::move(*message);
  if (const auto name = before(text, " is required")) return {messages::option_required, *name};
  if (const auto name = before(text, " requires "))
    return {messages::option_requires, *name, text.substr(name->size() + std::strlen(" requires "))};
  if (const auto name = before(text, " excludes "))
    return {messages::option_excludes, *name, text.substr(name->size() + std::strlen(" excludes "))};
  if (const auto name = before(text, ": At Most 1 required but received "))
    return {messages::option_repeated, *name};
  if (const auto name = before(text, ": 1 required ")) return {messages::option_without_argument, *name};
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    if (const auto name = before(text, ": "))
      return {messages::option_value_refused, *name, text.substr(name->size() + 2)};
  }
  return text;
}

}  // namespace

pki::Message explain_usage_error(const CLI::App& app, const CLI::ParseError& error,
                                 std::span<const char* const> arguments) {
  const CLI::App& command = deepest(app);
  const auto with_help = [&command](pki::Message words) {
    return pki::Message(messages::see_help, std::move(words), full_name(command));
  };
  const std::vector<std::string> commands = command_names(command);
  // `jpki mock` runs without one, so what stands behind it may be an option's value.
  const bool needs_command = command.get_parent() == nullptr || command.get_require_subcommand_min() > 0;
  if (!commands.empty() && needs_command) {
    const std::string word = word_after(command, arguments);
    if (word.empty()) return with_help({messages::command_missing, full_name(command)});
    if (std::ranges::find(commands, word) == commands.end())
      return with_help(
          with_hint({messages::command_unknown, full_name(command), word}, nearest(word, commands)));
  }
  const std::vector<std::string> extras = app.remaining(true);
  const auto option =
      std::ranges::find_if(extras, [](const std::string& extra) { return extra.starts_with("-"); });
  if (option != extras.end())
    return with_help(with_hint({messages::option_unknown, full_name(command), *option},
                               nearest(option->substr(0, option->find('=')), option_names(command))));
  if (!extras.empty() && !commands.empty())
    return with_help(with_hint({messages::command_unknown, full_name(command), extras.front()},
                               nearest(extras.front(), commands)));
  if (!extras.empty()) return with_help({messages::word_unexpected, full_name(command), extras.front()});
  return with_help(parser_error(error));
}

}  // namespace cli
