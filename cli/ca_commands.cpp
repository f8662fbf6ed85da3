// jpki ca list|roll: the generations of both CAs. And what `jpki event ca-key-compromise` prints.

#include <chrono>
#include <iostream>
#include <thread>

#include "cli/command.h"
#include "cli/compromise.h"
#include "cli/due_text.h"
#include "cli/open_data_folder.h"
#include "cli/progress.h"
#include "cli/two_credentials.h"
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

// Who rolls, where two persons must: the names of both, for the audit log. Empty where one is enough.
std::string two_persons(const CommonOptions& common, const std::string& confirm_with, pki::Time now) {
  const service::DataFolder data = common.data_folder();
  if (!value_or_fail(service::needs_two_persons(data))) return {};
  const auto shown = read_two_credentials(common, confirm_with);
  if (!shown) throw Failure(pki::fail(pki::Errc::forbidden, messages::rollover_two_persons));
  return value_or_fail(service::check_two_credentials(data, *shown, now));
}

struct RollOptions {
  std::string ca, confirm_with;
  bool online = false, link_certificates = false, dry_run = false;
};

int roll_online(const CommonOptions& common, const RollOptions& options) {
  AdminClient client = common.connect();
  const json::object answer = [&] {
    const Waiting waiting(common.say(messages::progress_making_generation), common.progress());
    return value_or_fail(client.post("/v1/generations", {{"ca", options.ca},
                                                         {"link_certificates", options.link_certificates},
                                                         {"dry_run", options.dry_run}}));
  }();
  const std::string id = text_field(answer, "issuer"), before = text_field(answer, "predecessor");
  const bool has_links = answer.at("link_certificates").as_bool();
  std::string words = common.say(
      options.dry_run ? messages::generation_would_issue : messages::generation_issues, id, before);
  if (has_links)
    words += "\n" + common.say(options.dry_run ? messages::links_would_be : messages::links_are,
                               id + "-with-" + before.substr(before.find('-') + 1));
  print(common, answer, words);
  return kDone;
}

int roll_offline(const CommonOptions& common, const RollOptions& options, pki::CaName name) {
  if (options.dry_run) throw Failure(kUsage, messages::dry_run_needs_online);
  const service::DataFolder data = open_data_folder(common);
  const service::SystemClock clock;
  const service::BegunGeneration begun = value_or_fail(
      service::begin_generation(data, name, service::generate_key, clock,
                                options.link_certificates ? ca::LinkChoice::make : ca::LinkChoice::none,
                                two_persons(common, options.confirm_with, clock.now())));
  for (const ca::LeftKey& left : begun.set_aside)
    std::cerr << common.say(messages::key_set_aside, left.file, left.kept_as) << "\n";
  const std::string id = to_string(begun.id);
  print(common, json::object{{"issuer", id}, {"data", data.root.string()}},
        common.say(messages::generation_ready, id));
  return kDone;
}

int roll(const CommonOptions& common, const RollOptions& options) {
  const auto name = pki::parse_ca_name(options.ca);
  if (!name) throw Failure(kUsage, messages::roll_which_ca);
  if (!options.online) return roll_offline(common, options, *name);
  if (!options.confirm_with.empty()) throw Failure(kUsage, messages::confirm_with_offline);
  return roll_online(common, options);
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
  const Command ca = add_command(line, line.app, "ca", "The generations of both CAs", "jpki ca list");
  ca.require_subcommand(1);
  const Command list_command =
      add_command(line, ca, "list", "Every generation, its state and its compromise", "jpki ca list");
  on_run(line, list_command, [&common] { return list(common); });
  auto options = std::make_shared<RollOptions>();
  const Command roll_command =
      add_command(line, ca, "roll", "Begin a new generation: key, certificate, responder, names",
                  "jpki ca roll sign --online");
  roll_command.add_option("CA", options->ca, "sign, auth or ops").required();
  roll_command.add_flag("--online", options->online,
                        "While the service runs; without it nothing may serve from the data folder");
  roll_command.add_flag("--link-certificates", options->link_certificates,
                        "Certify each of the two keys with the other; always done for ops");
  roll_command.add_flag("--dry-run", options->dry_run, "With --online: show what would begin");
  roll_command.add_option(
      "--confirm-with", options->confirm_with,
      "A supervisor's credential, beside the officer's of --credential, where two persons "
      "must and nothing serves");
  on_run(line, roll_command, [&common, options] { return roll(common, *options); });
}

}  // namespace cli
