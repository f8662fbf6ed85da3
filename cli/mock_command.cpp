// jpki mock: the options of a mock, each also as JPKI_MOCK_….

#include "mock/mock.h"

#include <cctype>
#include <cstdlib>
#include <optional>

#include "cli/mock_commands.h"
#include "pki/messages/cli.h"
#include "pki/number.h"

namespace cli {

namespace {

// JPKI_MOCK_PUBLIC_HOST for --public-host.
std::string variable_of(std::string_view option) {
  std::string name = "JPKI_MOCK_";
  for (const char c : option.substr(2))
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// Adds options, each with its environment variable, whose value is the default. CLI11's own way with
// variables passes over wrong values in silence.
class Options final {
 public:
  Options(const Command& command, pki::Message& complaint) : command_(command), complaint_(complaint) {}

  template <typename Number>
  void number(const std::string& name, Number& value, const std::string& help) {
    if (const auto given = variable(name)) {
      const auto number = pki::parse_number<Number>(*given);
      if (!number) complain(name, *given, messages::wanted_number);
      value = number.value_or(value);
    }
    // Decimal digits alone: what an empty or wrong variable of the shell has put there is no number.
    const auto check = [](const std::string& text) {
      return pki::is_digits(text) ? std::string() : "'" + text + "' is not a whole number";
    };
    command_.add_option(name, value, help).check(check, "NUMBER").capture_default_str();
  }
  void text(const std::string& name, std::string& value, const std::string& help) {
    if (const auto given = variable(name)) value = *given;
    command_.add_option(name, value, help).capture_default_str();
  }
  void flag(const std::string& name, bool& value, const std::string& help) {
    if (const auto given = variable(name)) {
      value = *given == "1" || *given == "true";
      if (!value && *given != "0" && *given != "false") complain(name, *given, messages::wanted_one_or_zero);
    }
    command_.add_flag(name, value, help);
  }

 private:
  static std::optional<std::string> variable(const std::string& name) {
    // Nothing else runs yet.
    const char* const value = std::getenv(variable_of(name).c_str());  // NOLINT(concurrency-mt-unsafe)
    return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
  }
  void complain(const std::string& name, const std::string& given, const pki::MessageText& wanted) {
    complaint_ = {messages::variable_refused, variable_of(name), given, pki::Message(wanted)};
  }

  Command command_;
  // What is wrong with a variable; said when a mock is started.
  pki::Message& complaint_;
};

// What a command line and the variables have chosen.
struct Chosen {
  mock::MockOptions options;
  std::string log;
  pki::Message complaint;
};

void add_options(const Command& command, Chosen& chosen) {
  mock::MockOptions& options = chosen.options;
  Options add(command, chosen.complaint);
  add.number("--seed", options.seed, "Decides keys, residents and everything that is drawn");
  add.number("--residents", options.residents, "How many residents get both certificates, at most 100000");
  add.text("--states", options.states,
           "Residents in ready-made states: all, or names with commas between (docs/mock.md)");
  add.text("--scenario", options.scenario,
           "A life that ends at the start: a name of docs/mock.md section 7, or a TOML file");
  add.text("--time", options.time,
           "The moment at which the clock begins, RFC 3339 (default: the wall clock's, followed)");
  add.flag("--frozen", options.frozen, "The clock stands from the start on");
  add.number("--port", options.port,
             "P: takes P to P + 4, the first for verifiers, P + 3 for the control; 0: free ones");
  add.text("--listen", options.listen, "A numeric address to listen on");
  add.flag("--i-know-this-is-a-mock", options.admits_strangers,
           "Lets --listen be another address than loopback");
  add.text("--public-host", options.public_host, "The host in every URL, when others call the mock by it");
  add.text("--config", options.config, "A jpki.toml to start from; its addresses do not count");
  add.text("--key", options.key, "Of CAs and responders: rsa-2048, p-256 or p-384");
  add.text("--ready-file", options.ready_file, "Written with the first line when everything is ready");
  add.text("--log", chosen.log, "requests: a line on standard error for each that verifiers make");
  add.flag("--hold-open", options.hold_open, "Run until a signal, not until standard input closes");
}

int run(const CommonOptions& common, Chosen& chosen) {
  if (!chosen.complaint.empty()) throw Failure(kUsage, chosen.complaint);
  if (!chosen.log.empty() && chosen.log != "requests")
    throw Failure(kUsage, {messages::log_form, chosen.log});
  chosen.options.quiet = common.quiet;
  chosen.options.log = chosen.log.empty() ? mock::RequestLog::none : mock::RequestLog::requests;
  try {
    mock::run_mock(chosen.options);
  } catch (const mock::SurroundingsError& error) {
    throw Failure(kUsage, error.message());
  }
  return kDone;
}

}  // namespace

void add_mock_command(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto chosen = std::make_shared<Chosen>();
  const Command mock_command = add_command(
      line, line.app, "mock", "A temporary authority for integration tests, ready in under a second",
      "jpki mock --residents 3 --states expired,held --port 0");
  add_options(mock_command, *chosen);
  add_mock_control_commands(line, mock_command);
  add_card_command(line);
  on_run_alone(line, mock_command, [&common, chosen] { return run(common, *chosen); });
}

}  // namespace cli
