// How the help of a command is laid out: two columns, measured as a terminal shows them.

#pragma once

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>
#include <string>

namespace cli {

// CLI11's own pads by bytes, which sets Japanese words askew.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
};

}  // namespace cli
