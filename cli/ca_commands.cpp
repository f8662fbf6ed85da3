// jpki ca list|roll: the generations of both CAs. And what `jpki event ca-key-compromise` prints.

#include <chrono>
#include <thread>

#include "cli/command.h"
#include "cli/compromise.h"
#include "cli/due_text.h"
#include "cli/key_files.h"
#include "cli/progress.h"
#include "pki/messages/cli.h"
#include "service/clock.h"
#include "service/init.h"
#include "service/two_credentials.h"

namespace cli {

namespace {

json::array generations(AdminClient& client) {
  return value_or_fail(client.get("/v1/generations")).at("generations").as_array();
}

pki::Message words_of_progress(const json::object& compromise) {
  const std::string done = text_field(compromise, "completed_at"),
                    rows = text_field(compromise, "rows_filled");
  if (!done.empty()) return {messages::filling_complete, rows, done};
  return {messages::filling_reached, rows,
          std::to_string(compromise.at("per_mille").to_number<unsigned>() / 10)};
}

int list(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::array rows = generations(client);
  std::string words;
  for (const json::value& value : rows) {
    const json::object& row = value.as_object();
    words +=
        common.say(row.at("current").as_bool() ? messages::generation_current : messages::generation_past,
                   text_field(row, "issuer"), text_field(row, "not_before"), text_field(row, "not_after")) +
        "\n";
    if (const auto* compromise = row.at("compromise").if_object())
      words += "  " +
               common.say(messages::key_compromised, text_field(*compromise, "recorded_at"),
                          words_of_progress(*compromise)) +
               "\n";
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
    throw Failure(pki::fail(pki::Errc::forbidden, messages::rollover_two_persons));
  return value_or_fail(
      service::check_two_credentials(data, read_shown(common.credential, common.credential_password_file),
                                     read_shown(confirm_with, {}), now));
}

int roll(const CommonOptions& common, const std::string& ca, const std::string& confirm_with) {
  const auto name = pki::parse_ca_name(ca);
  if (!name || *name == pki::CaName::operations) throw Failure(kUsage, messages::roll_which_ca);
  const service::DataFolder data = common.data_folder();
  const service::SystemClock clock;
  const registry::IssuerId made = value_or_fail(service::begin_generation(
      data, *name, service::generate_key, clock, two_persons(common, confirm_with, clock.now())));
  const std::string id = to_string(made);
  print(common, json::object{{"issuer", id}, {"data", data.root.string()}},
        common.say(messages::generation_ready, id));
  return kDone;
}

}  // namespace

void wait_for_filling(const CommonOptions& common, AdminClient& client, const std::string& issuer) {
  using namespace std::chrono_literals;
  Progress progress(common.say(messages::progress_filling), 1000, common.progress());
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

std::string words_of_compromise(const CommonOptions& common, const json::object& answer) {
  const std::string ca = text_field(answer, "ca"), when = text_field(answer, "recorded_at");
  const std::string reason = text_field(answer, "reason"),
                    article = article_text(text_field(answer, "article"), common.language),
                    published = text_field(answer, "published");
  if (answer.at("dry_run").as_bool()) {
    const json::object& fall = answer.at("would_fall").as_object();
    return common.say(messages::compromise_would, ca, text_field(fall, "good"), text_field(fall, "held"),
                      reason, article, published) +
           "\n";
  }
  const bool repeated = answer.at("repeated").as_bool();
  return common.say(repeated ? messages::compromise_repeated : messages::compromise_recorded, ca, when,
                    reason, article, published) +
         "\n";
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
