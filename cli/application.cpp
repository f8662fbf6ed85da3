// The top: the only place where exceptions end.

#include "cli/application.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "cli/cluster_commands.h"
#include "cli/command.h"
#include "cli/help_language.h"
#include "cli/language.h"
#include "cli/local_time.h"
#include "cli/second_person.h"
#include "cli/usage_error.h"
#include "pki/messages/cli.h"
#include "pki/version.h"

namespace cli {

namespace {

// The program of the Debian package has its data where the service of the package has it; one that was built
// in a clone never touches that.
std::string usual_data_folder() {
  std::error_code ignored;
  const bool is_packaged = std::filesystem::read_symlink("/proc/self/exe", ignored) == "/usr/bin/jpki";
  return is_packaged ? "/var/lib/jpki" : "jpki-data";
}

void add_common_options(CommandLine& line) {
  CommonOptions& common = line.common;
  // Nothing else runs yet.
  const char* const folder = std::getenv("JPKI_DATA");  // NOLINT(concurrency-mt-unsafe)
  common.data = folder != nullptr ? folder : usual_data_folder();
  line.app.add_option("--data", common.data, "Data folder (also JPKI_DATA)").capture_default_str();
  line.app.add_option("--socket", common.socket,
                      "Admin socket of a running server (default: DATA/admin.sock)");
  line.app.add_option("--url", common.url,
                      "Admin endpoint (also JPKI_URL), or the responder for `ocsp query`, as a URL");
  line.app.add_option("--credential", common.credential,
                      "The operator's credential for an https:// URL: PKCS#12 (also JPKI_CREDENTIAL)");
  line.app.add_option("--credential-password-file", common.credential_password_file,
                      "Its first line is the credential's password; default: p12-password.txt beside it");
  line.app.add_option("--as", common.as,
                      "In which role: municipality:CODE, call-centre, officer, supervisor, auditor, "
                      "register-reader");
  KeySecretOptions& secrets = common.secrets;
  line.app.add_option(
      "--passphrase-file", secrets.passphrase_file,
      "Its first line is the passphrase of the keys (init, serve, and others on the data folder)");
  line.app.add_option("--passphrase-fd", secrets.passphrase_fd, "The same from a file descriptor");
  line.app.add_option("--pin-file", secrets.pin_file,
                      "Its first line is the PIN of the token that holds the keys");
  line.app.add_option("--pin-fd", secrets.pin_fd, "The same from a file descriptor");
  line.app.add_flag("--json", common.json, "Print JSON for machines");
  line.app.add_flag("--quiet", common.quiet, "Print only errors");
  line.app.add_option("--lang", common.lang,
                      "The language of what is printed: en or ja (default: by LC_ALL, LC_MESSAGES or LANG)");
}

// The end of a command that failed: one sentence, or with --json one problem object, on standard error.
int report(const CommonOptions& common, const Failure& failure) {
  if (!common.json) {
    std::cerr << "jpki: " << in_local_time(failure.text(common.language)) << "\n";
    return failure.code();
  }
  const pki::Error& error = failure.error();
  json::object problem{{"code", pki::to_string(error.code)}, {"detail", error.text(common.language)}};
  if (!error.field.empty()) problem["field"] = error.field;
  if (!error.article.empty()) problem["article"] = error.article;
  problem["exit"] = failure.code();
  std::cerr << json::serialize(problem) << "\n";
  return failure.code();
}

// Runs what was chosen. A result that could not be written is none: on a full disk it would be cut, and a
// script that looks at the exit code alone would take it for whole.
int if_written(int code) {
  if (std::cout.flush()) return code;
  throw Failure(kUsage, messages::output_unwritable);
}

int run_chosen(const CommandLine& line) {
  return if_written(line.chosen());
}

// Help and the version are results as well.
int print_help(const CommandLine& line, const CLI::Success& success) {
  try {
    return if_written(line.app.parser().exit(success));
  } catch (const Failure& failure) {
    return report(line.common, failure);
  }
}

// `--name=` as `--name` and an empty value: the parser would take the next option for the value, and
// `--former-name= --dry-run` would record an event that was to be tried.
std::vector<const char*> with_empty_values(std::span<const char* const> arguments,
                                           std::deque<std::string>& names) {
  std::vector<const char*> list;
  bool are_options = true;
  for (const char* const argument : arguments) {
    const std::string_view text = argument;
    if (text == "--") are_options = false;
    if (!are_options || !text.starts_with("--") || text.find('=') + 1 != text.size()) {
      list.push_back(argument);
      continue;
    }
    list.push_back(names.emplace_back(text.substr(0, text.size() - 1)).c_str());
    list.push_back("");
  }
  return list;
}

}  // namespace

void define_commands(CommandLine& line, Language language) {
  line.common.language = language;
  add_common_options(line);
  line.app.require_subcommand(1);
  CLI::App& parser = line.app.parser();
  parser.fallthrough();
  parser.set_version_flag("--version", "jpki " + std::string(pki::kVersion));
  parser.footer("Example:\n  jpki init --data jpki-data && jpki serve --data jpki-data");
  for (auto add :
       {add_service_commands,  add_mock_command,     add_resident_commands,  add_event_commands,
        add_events_commands,   add_law_commands,     add_check_commands,     add_certificate_commands,
        add_ca_commands,       add_clock_commands,   add_retention_commands, add_verifier_commands,
        add_report_commands,   add_consent_commands, add_crl_commands,       add_ocsp_commands,
        add_audit_commands,    add_rescue_commands,  add_stats_commands,     add_municipality_commands,
        add_operator_commands, add_request_commands, add_ready_command,      add_help_commands,
        add_key_commands,      add_cluster_commands, add_view_commands})
    add(line);
  if (language == Language::ja) say_help_in_japanese(parser);
}

int run(int argc, const char* const* argv) {
  const std::span<const char* const> given(argv, static_cast<std::size_t>(argc));
  CommandLine line;
  define_commands(line, choose_language(given));
  try {
    std::deque<std::string> names;
    const auto arguments = with_empty_values(given, names);
    line.app.parser().parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::Success& success) {
    return print_help(line, success);
  } catch (const CLI::ParseError& error) {
    return report(line.common, Failure(kUsage, explain_usage_error(line.app.parser(), error, given)));
  }
  for (const char* const name : {"--data", "--socket"})
    line.common.is_local = line.common.is_local || line.app.parser().count(name) > 0;
  try {
    if (!line.common.lang.empty()) static_cast<void>(parse_language(line.common.lang));
    return run_chosen(line);
  } catch (const SecondPersonNeeded& needed) {
    print(line.common, needed.answer(), needed.words(line.common.language));
    return kDone;
  } catch (const pki::ErrorException& exception) {
    return report(line.common, Failure(exception.error()));
  } catch (const Failure& failure) {
    return report(line.common, failure);
  } catch (const std::exception& error) {
    return report(line.common, Failure(kInternal, pki::message_of(error)));
  }
}

}  // namespace cli
