// The columns of the help.

#include "cli/help_format.h"

#include "cli/display_width.h"

namespace cli {

namespace {

// A name with what it means beside it, or below it when the name leaves no space.
std::string help_line(const std::string& name, const std::string& description, std::size_t width) {
  const std::string left = "  " + name;
  if (description.empty()) return left + "\n";
  if (display_width(left) < width) return padded_right(left, width) + description + "\n";
  return left + "\n" + std::string(width, ' ') + description + "\n";
}

}  // namespace

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  return help_line(make_option_name(option, is_positional) + make_option_opts(option),
                   make_option_desc(option), get_column_width());
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return help_line(command->get_display_name(true), command->get_description(), get_column_width());
}

}  // namespace cli
