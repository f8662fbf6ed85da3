// Passes the definitions of the commands on to CLI11.

#include "cli/command_line.h"

#include <CLI/App.hpp>

#include "cli/command.h"
#include "cli/help_format.h"

namespace cli {

const Option& Option::required() const {
  option_->required();
  return *this;
}

const Option& Option::needs(const Option& other) const {
  option_->needs(other.option_);
  return *this;
}

const Option& Option::excludes(const Option& other) const {
  option_->excludes(other.option_);
  return *this;
}

const Option& Option::capture_default_str() const {
  option_->capture_default_str();
  return *this;
}

const Option& Option::check(const ValueCheck& check, const std::string& description) const {
  option_->check(CLI::Validator(check, description));
  return *this;
}

const Option& Option::check_range(int least, int greatest) const {
  option_->check(CLI::Range(least, greatest));
  return *this;
}

const Option& Option::check_range(double least, double greatest) const {
  option_->check(CLI::Range(least, greatest));
  return *this;
}

const Option& Option::check_positive() const {
  option_->check(CLI::PositiveNumber);
  return *this;
}

const Option& Option::check_one_of(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words));
  return *this;
}

bool Option::is_given() const {
  return option_->count() > 0;
}

std::string Option::name() const {
  return option_->get_name();
}

Option Command::add_option(const std::string& name, std::string& value, const std::string& help) const {
  return Option(*app_->add_option(name, value, help));
}

Option Command::add_option(const std::string& name, std::vector<std::string>& values,
                           const std::string& help) const {
  return Option(*app_->add_option(name, values, help));
}

Option Command::add_option(const std::string& name, int& value, const std::string& help) const {
  return Option(*app_->add_option(name, value, help));
}

Option Command::add_option(const std::string& name, std::uint16_t& value, const std::string& help) const {
  return Option(*app_->add_option(name, value, help));
}

Option Command::add_option(const std::string& name, std::uint32_t& value, const std::string& help) const {
  return Option(*app_->add_option(name, value, help));
}

Option Command::add_option(const std::string& name, std::uint64_t& value, const std::string& help) const {
  return Option(*app_->add_option(name, value, help));
}

Option Command::add_option(const std::string& name, double& value, const std::string& help) const {
  return Option(*app_->add_option(name, value, help));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& help) const {
  return Option(*app_->add_flag(name, value, help));
}

Option Command::add_flag(const std::string& name, const std::string& help) const {
  return Option(*app_->add_flag(name, help));
}

Option Command::add_flag(const std::string& name, std::string& value, const std::string& help) const {
  return Option(*app_->add_flag(name, value, help));
}

Option Command::add_flag_callback(const std::string& name, const std::function<void()>& function,
                                  const std::string& help) const {
  return Option(*app_->add_flag_callback(name, function, help));
}

void Command::require_subcommand(int count) const {
  app_->require_subcommand(count);
}

Command Command::subcommand(const std::string& name) const {
  return Command(*app_->get_subcommand(name));
}

CommandLine::CommandLine()
    : parser_(std::make_unique<CLI::App>(
          "jpki: certificate authority and revocation service, a simulator of Japan's JPKI")),
      app(*parser_) {
  // Commands that are added below take it over.
  parser_->formatter(std::make_shared<HelpFormatter>());
}

CommandLine::~CommandLine() = default;

Command add_command(CommandLine& line, const Command& parent, const std::string& name,
                    const std::string& description, const std::string& example) {
  static_cast<void>(line);
  CLI::App* const command = parent.parser().add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  command->fallthrough();
  return Command(*command);
}

void on_run(CommandLine& line, const Command& command, std::function<int()> function) {
  command.parser().callback([&line, function = std::move(function)] { line.chosen = function; });
}

void on_run_alone(CommandLine& line, const Command& command, std::function<int()> function) {
  // Called after those of the commands below it, which have chosen already.
  command.parser().callback([&line, command, function = std::move(function)] {
    if (command.parser().get_subcommands().empty()) line.chosen = function;
  });
}

}  // namespace cli
