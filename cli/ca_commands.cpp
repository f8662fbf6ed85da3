// jpki ca list|roll: the generations of both CAs. And what `jpki event ca-key-compromise` prints.

#include <chrono>
#include <thread>

#include "cli/command.h"
#include "cli/compromise.h"
#include "cli/key_files.h"
#include "cli/open_data_folder.h"
#include "cli/progress.h"
#include "service/clock.h"
#include "service/init.h"
#include "service/two_credentials.h"

namespace cli {

namespace {

json::array generations(AdminClient& client) {
  return value_or_fail(client.get("/v1/generations")).at("generations").as_array();
}

std::string words_of_progress(const json::object& compromise) {
  const std::string done = text_field(compromise, "completed_at");
  const std::string rows = text_field(compromise, "rows_filled") + " rows filled in";
  if (!done.empty()) return rows + ", complete since " + done;
  return rows + ", " + std::to_string(compromise.at("per_mille").to_number<unsigned>() / 10) + "% looked at";
}

int list(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::array rows = generations(client);
  std::string words;
  for (const json::value& value : rows) {
    const json::object& row = value.as_object();
    words += text_field(row, "issuer") + (row.at("current").as_bool() ? "  current  " : "           ") +
             text_field(row, "not_before") + " to " + text_field(row, "not_after") + "\n";
    if (const auto* compromise = row.at("compromise").if_object())
      words += "  key compromised, recorded " + text_field(*compromise, "recorded_at") + ": " +
               words_of_progress(*compromise) + "\n";
  }
  print(common, json::object{{"generations", rows}}, words);
  return kDone;
}

service::ShownCredential read_shown(const std::string& file, const std::string& password_file) {
  const auto beside = std::filesystem::absolute(file).parent_path() / "p12-password.txt";
  KeyFiles files = read_key_files(
      file, {}, password_file.empty() && std::filesystem::exists(beside) ? beside.string() : password_file);
  return {std::move(files.certificate), std::move(files.key)};
}

// Who rolls, where two persons must: the names of both, for the audit log. Empty where one is enough.
std::string two_persons(const CommonOptions& common, const std::string& confirm_with, pki::Time now) {
  const service::DataFolder data = common.data_folder();
  if (!value_or_fail(service::needs_two_persons(data))) return {};
  if (common.credential.empty() || confirm_with.empty())
    throw Failure(pki::fail(pki::Errc::forbidden,
                            "a rollover needs two persons: give an officer's credential with --credential "
                            "and a supervisor's with --confirm-with"));
  return value_or_fail(
      service::check_two_credentials(data, read_shown(common.credential, common.credential_password_file),
                                     read_shown(confirm_with, {}), now));
}

int roll(const CommonOptions& common, const std::string& ca, const std::string& confirm_with) {
  const auto name = pki::parse_ca_name(ca);
  if (!name || *name == pki::CaName::operations) throw Failure(kUsage, "name the CA to roll: sign or auth");
  const service::DataFolder data = open_data_folder(common);
  const service::SystemClock clock;
  const registry::IssuerId made = value_or_fail(service::begin_generation(
      data, *name, service::generate_key, clock, two_persons(common, confirm_with, clock.now())));
  const std::string id = to_string(made);
  print(common, json::object{{"issuer", id}, {"data", data.root.string()}},
        id + " is ready and issues from the next `jpki serve` on. Certificates of earlier generations are "
             "answered and listed as before.");
  return kDone;
}

}  // namespace

void wait_for_filling(const CommonOptions& common, AdminClient& client, const std::string& issuer) {
  using namespace std::chrono_literals;
  Progress progress("per mille of the generation's certificates filled in", 1000, common.progress());
  for (std::uint64_t shown = 0;;) {
    for (const json::value& row : generations(client)) {
      if (text_field(row.as_object(), "issuer") != issuer) continue;
      const json::object& compromise = row.at("compromise").as_object();
      const auto reached = compromise.at("per_mille").to_number<std::uint64_t>();
      if (reached > shown) progress.add(reached - shown);
      shown = std::max(shown, reached);
      if (!compromise.at("completed_at").is_null()) return;
    }
    std::this_thread::sleep_for(200ms);
  }
}

std::string words_of_compromise(const json::object& answer) {
  const std::string ca = text_field(answer, "ca"), when = text_field(answer, "recorded_at");
  std::string words;
  if (answer.at("dry_run").as_bool()) {
    const json::object& fall = answer.at("would_fall").as_object();
    words = "ca-key-compromise would be recorded for " + ca + "\n  revoke " + text_field(fall, "good") +
            " good and " + text_field(fall, "held") + " held certificates";
  } else if (answer.at("repeated").as_bool()) {
    words = "ca-key-compromise of " + ca + " was recorded already at " + when +
            "\n  every certificate of the generation that stood then is revoked";
  } else {
    words = "ca-key-compromise was recorded for " + ca + " at " + when +
            "\n  every good or held certificate of the generation answers revoked from now on; its lists "
            "follow (`jpki ca list`)";
  }
  return words + " " + text_field(answer, "reason") + ": " + text_field(answer, "article") +
         "\n  made public at /notices: " + text_field(answer, "published") + "\n";
}

void add_ca_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  CLI::App* ca = add_command(line, line.app, "ca", "The generations of both CAs", "jpki ca list");
  ca->require_subcommand(1);
  CLI::App* list_command =
      add_command(line, *ca, "list", "Every generation, its state and its compromise", "jpki ca list");
  on_run(line, list_command, [&common] { return list(common); });
  auto name = std::make_shared<std::string>();
  CLI::App* roll_command =
      add_command(line, *ca, "roll", "Begin a new generation: key, responder, names (while nothing serves)",
                  "jpki ca roll sign --data jpki-data");
  roll_command->add_option("CA", *name, "sign or auth")->required();
  auto confirm_with = std::make_shared<std::string>();
  roll_command->add_option(
      "--confirm-with", *confirm_with,
      "A supervisor's credential, beside the officer's of --credential, where two persons "
      "must");
  on_run(line, roll_command, [&common, name, confirm_with] { return roll(common, *name, *confirm_with); });
}

}  // namespace cli
