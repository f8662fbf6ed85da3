// What every command shares: the options of all, and the way it prints.

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cli/admin_client.h"
#include "cli/command_line.h"
#include "cli/failure.h"
#include "cli/language.h"
#include "cli/progress.h"
#include "pki/file.h"
#include "service/data_folder.h"

namespace cli {

// Where the passphrase of the keys and the PIN of their token come from, for commands on the data folder; -1:
// none.
struct KeySecretOptions {
  int passphrase_fd = -1, pin_fd = -1;
  std::string passphrase_file, pin_file;
};

// The options that stand on every command.
struct CommonOptions {
  std::string data;
  std::string socket, url, as;
  // The value of --lang, and the language that it or the locale chooses.
  std::string lang;
  Language language = Language::en;
  std::string credential, credential_password_file;
  KeySecretOptions secrets;
  // --data or --socket stands on the command line: it goes before what the environment and the client's
  // configuration say.
  bool is_local = false;
  bool json = false;
  bool quiet = false;

  [[nodiscard]] service::DataFolder data_folder() const { return {std::filesystem::absolute(data)}; }
  // Reads the credential at the first call. Throws Failure.
  [[nodiscard]] const AdminEndpoint& endpoint() const;
  [[nodiscard]] Progress::Display progress() const {
    return quiet ? Progress::Display::off : Progress::Display::automatic;
  }
  // The entry with its arguments in the chosen language.
  template <typename... Arguments>
  [[nodiscard]] std::string say(const pki::MessageText& entry, Arguments&&... arguments) const {
    return pki::Message(entry, std::forward<Arguments>(arguments)...).in(language);
  }
  // Throws Failure when no server answers.
  [[nodiscard]] AdminClient connect() const;

 private:
  // Worked out once; long work connects from several threads.
  struct Found {
    std::once_flag once;
    AdminEndpoint endpoint;
  };
  std::shared_ptr<Found> found_ = std::make_shared<Found>();
};

// One command's options live as long as the parsed line; the parser keeps references to them.
class CommandLine final {
  std::unique_ptr<CLI::App> parser_;

 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // The program, with its commands below it.
  const Command app;
  CommonOptions common;
  // What was chosen; run after parsing. Returns the exit code.
  std::function<int()> chosen;
};

// A subcommand below `parent`, with an example at the end of its help.
Command add_command(CommandLine& line, const Command& parent, const std::string& name,
                    const std::string& description, const std::string& example);
// Sets what the subcommand does.
void on_run(CommandLine& line, const Command& command, std::function<int()> function);
// The same of a command with others below it: what it does when none of them is given.
void on_run_alone(CommandLine& line, const Command& command, std::function<int()> function);

// Each file adds its commands.
void add_service_commands(CommandLine& line);
void add_mock_command(CommandLine& line);
void add_resident_commands(CommandLine& line);
void add_event_commands(CommandLine& line);
void add_events_commands(CommandLine& line);
void add_law_commands(CommandLine& line);
void add_check_commands(CommandLine& line);
void add_certificate_commands(CommandLine& line);
void add_adopt_command(CommandLine& line, const Command& cert);
void add_ca_commands(CommandLine& line);
void add_clock_commands(CommandLine& line);
void add_retention_commands(CommandLine& line);
void add_verifier_commands(CommandLine& line);
void add_credential_commands(CommandLine& line, const Command& verifier);
// Below `verifier`, which must be there.
void add_report_commands(CommandLine& line);
void add_consent_commands(CommandLine& line);
void add_operator_commands(CommandLine& line);
void add_view_commands(CommandLine& line);
// Below `operator`.
void add_recover_command(CommandLine& line, const Command& operators);
void add_request_commands(CommandLine& line);
void add_crl_commands(CommandLine& line);
void add_ocsp_commands(CommandLine& line);
void add_audit_commands(CommandLine& line);
void add_rescue_commands(CommandLine& line);
void add_stats_commands(CommandLine& line);
void add_municipality_commands(CommandLine& line);
void add_ready_command(CommandLine& line);
void add_help_commands(CommandLine& line);
void add_key_commands(CommandLine& line);

// Standard output: JSON as one line with --json, otherwise `words`, their times as cli/local_time.h says;
// nothing with
// --quiet but JSON.
void print(const CommonOptions& common, const json::value& value, const std::string& words);
// For the query of a target: every byte but letters, digits and - . _ ~ as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);
[[nodiscard]] std::string text_field(const json::object& object, std::string_view name);

[[nodiscard]] std::string read_text_file(const std::filesystem::path& file);
using pki::FileSecrecy;
void write_file(const std::filesystem::path& file, pki::ByteView content, FileSecrecy secrecy);

}  // namespace cli
