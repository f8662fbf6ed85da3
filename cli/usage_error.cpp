// The deepest command that was understood says which commands and options were possible.

#include "cli/usage_error.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

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

// The nearest of the names; empty when none is near.
std::string nearest(std::string_view given, const std::vector<std::string>& names) {
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

// What stands behind the command's own name and is not an option: the command that was meant.
std::string word_after(const CLI::App& command, std::span<const char* const> arguments) {
  std::size_t at = 1;
  if (command.get_parent() != nullptr)
    while (at < arguments.size() && command.get_name() != arguments[at++]) {
    }
  while (at < arguments.size() && arguments[at][0] == '-')
    ++at;
  return at < arguments.size() ? arguments[at] : "";
}

std::string with_hint(std::string words, const std::string& hint) {
  return hint.empty() ? words : words + " (did you mean " + hint + "?)";
}

// CLI11 says "Could not convert: --port = 99999".
std::optional<std::string> conversion_error(std::string_view words) {
  constexpr std::string_view kStart = "Could not convert: ", kMiddle = " = ";
  if (!words.starts_with(kStart)) return std::nullopt;
  words.remove_prefix(kStart.size());
  const std::size_t middle = words.find(kMiddle);
  if (middle == std::string_view::npos) return std::nullopt;
  return std::string(words.substr(0, middle)) + " takes a number in its range, not " +
         std::string(words.substr(middle + kMiddle.size()));
}

}  // namespace

std::string explain_usage_error(const CLI::App& app, const CLI::ParseError& error,
                                std::span<const char* const> arguments) {
  const CLI::App& command = deepest(app);
  const std::string help = ": see `" + full_name(command) + " --help`";
  const std::vector<std::string> commands = command_names(command);
  // `jpki mock` runs without one, so what stands behind it may be an option's value.
  const bool needs_command = command.get_parent() == nullptr || command.get_require_subcommand_min() > 0;
  if (!commands.empty() && needs_command) {
    const std::string word = word_after(command, arguments);
    if (word.empty()) return full_name(command) + " needs a command" + help;
    if (std::ranges::find(commands, word) == commands.end())
      return with_hint("there is no command `" + full_name(command) + " " + word + "`",
                       nearest(word, commands)) +
             help;
  }
  const std::vector<std::string> extras = app.remaining(true);
  const auto option =
      std::ranges::find_if(extras, [](const std::string& extra) { return extra.starts_with("-"); });
  if (option != extras.end())
    return with_hint(full_name(command) + " takes no " + *option,
                     nearest(option->substr(0, option->find('=')), option_names(command))) +
           help;
  if (!extras.empty() && !commands.empty())
    return with_hint("there is no command `" + full_name(command) + " " + extras.front() + "`",
                     nearest(extras.front(), commands)) +
           help;
  if (!extras.empty()) return full_name(command) + " takes no further word `" + extras.front() + "`" + help;
  return conversion_error(error.what()).value_or(error.what()) + help;
}

}  // namespace cli
