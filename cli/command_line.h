// What the commands see of the parser of the command line. CLI11 is one large header whose inline code would
// be compiled again for each file of commands; these types keep it in cli/command_line.cpp and in the few
// files that read what was defined.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

// A condition on the text of a value. Empty: it holds; otherwise what is wrong, which the parser reports.
using ValueCheck = std::function<std::string(const std::string&)>;

// An option, a flag or a positional argument of a command: a reference to the parser's own, valid as long as
// the parser. Each function adds a condition and returns the same option.
class Option final {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  // The command is refused without it.
  const Option& required() const;
  // It is refused without, or together with, the other option.
  const Option& needs(const Option& other) const;
  const Option& excludes(const Option& other) const;
  // The help shows the value that the variable has now as the default.
  const Option& capture_default_str() const;
  // `description` stands in the help in the place of the type.
  const Option& check(const ValueCheck& check, const std::string& description) const;
  // Both ends are included.
  const Option& check_range(int least, int greatest) const;
  const Option& check_range(double least, double greatest) const;
  const Option& check_positive() const;
  const Option& check_one_of(const std::vector<std::string>& words) const;

  // It stands on the command line; known once that is parsed.
  [[nodiscard]] bool is_given() const;
  // As it is written, with its dashes: "--former-name".
  [[nodiscard]] std::string name() const;
  [[nodiscard]] const CLI::Option& parser() const { return *option_; }

 private:
  CLI::Option* option_;
};

// The program or a command below it: a reference to the parser's own, valid as long as the parser.
class Command final {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  // `name` with dashes is an option, without an argument by its place. The variable must live until the line
  // is parsed; its type decides what the parser takes and what the help calls it.
  Option add_option(const std::string& name, std::string& value, const std::string& help) const;
  Option add_option(const std::string& name, std::vector<std::string>& values, const std::string& help) const;
  Option add_option(const std::string& name, int& value, const std::string& help) const;
  Option add_option(const std::string& name, std::uint16_t& value, const std::string& help) const;
  Option add_option(const std::string& name, std::uint32_t& value, const std::string& help) const;
  Option add_option(const std::string& name, std::uint64_t& value, const std::string& help) const;
  Option add_option(const std::string& name, double& value, const std::string& help) const;
  // An option without a value; without a variable Option::is_given() says whether it stands there.
  Option add_flag(const std::string& name, bool& value, const std::string& help) const;
  Option add_flag(const std::string& name, const std::string& help) const;
  // With a value if one follows `=`: `--nonce`, which sets "true", or `--nonce=00FF`.
  Option add_flag(const std::string& name, std::string& value, const std::string& help) const;
  // Calls `function` when the flag is given.
  Option add_flag_callback(const std::string& name, const std::function<void()>& function,
                           const std::string& help) const;
  // That many commands of those below it must be given.
  void require_subcommand(int count) const;
  // The command of that name below this one, which must be there.
  [[nodiscard]] Command subcommand(const std::string& name) const;
  [[nodiscard]] CLI::App& parser() const { return *app_; }

 private:
  CLI::App* app_;
};

}  // namespace cli
