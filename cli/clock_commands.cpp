// jpki clock show|accept|repair: the wall clock in doubt, and a store that was written in a false future.

#include <unistd.h>

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "pki/messages/cli.h"
#include "service/clock.h"
#include "service/clock_repair.h"
#include "service/init.h"

namespace cli {

namespace {

int show(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/clock"));
  std::string words =
      common.say(messages::clock_times, text_field(answer, "now"), text_field(answer, "wall")) + "\n";
  words += answer.at("doubt").is_null() ? common.say(messages::clock_believed)
                                        : common.say(messages::clock_in_doubt, text_field(answer, "doubt"));
  print(common, answer, words);
  return kDone;
}

int accept(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.post("/v1/clock/acceptance", {}));
  print(common, answer,
        common.say(messages::clock_accepted, text_field(answer, "before"), text_field(answer, "now")));
  return kDone;
}

json::object to_json(const service::FalseTime& found, pki::Time now, bool is_repaired) {
  json::array entries, lists;
  for (const store::AuditEntry& entry : found.entries) {
    json::array subjects;
    for (const std::string& subject : entry.subjects)
      subjects.push_back(json::value(subject));
    entries.push_back(json::object{{"sequence", entry.sequence},
                                   {"recorded_at", pki::to_rfc3339(entry.recorded_at)},
                                   {"action", entry.action},
                                   {"subjects", std::move(subjects)}});
  }
  for (const registry::CrlRecord& list : found.lists)
    lists.push_back(json::object{{"path", registry::list_path(list.scope, list.kind)},
                                 {"number", std::to_string(list.number)},
                                 {"this_update", pki::to_rfc3339(list.this_update)}});
  json::array certificates;
  for (const std::string& certificate : found.certificates)
    certificates.push_back(json::value(certificate));
  return {{"now", pki::to_rfc3339(now)},
          {"repaired", is_repaired},
          {"last_write", pki::to_rfc3339(found.last_write)},
          {"entries", std::move(entries)},
          {"lists", std::move(lists)},
          {"certificates", std::move(certificates)}};
}

std::string to_words(const CommonOptions& common, const json::object& found) {
  const bool is_repaired = found.at("repaired").as_bool();
  std::string words = (is_repaired ? common.say(messages::store_repaired, text_field(found, "last_write"))
                                   : common.say(messages::store_would_be_repaired, text_field(found, "now"),
                                                text_field(found, "last_write"))) +
                      "\n";
  for (const json::value& value : found.at("entries").as_array()) {
    const json::object& entry = value.as_object();
    words += "  " + text_field(entry, "sequence") + "  " + text_field(entry, "recorded_at") + "  " +
             text_field(entry, "action");
    for (const json::value& subject : entry.at("subjects").as_array())
      words += ", " + std::string(subject.as_string());
    words += "\n";
  }
  words += common.say(is_repaired ? messages::false_lists : messages::lists_would_be_superseded) + "\n";
  for (const json::value& value : found.at("lists").as_array()) {
    const json::object& list = value.as_object();
    words += "  " +
             common.say(messages::false_list, text_field(list, "path"), text_field(list, "number"),
                        text_field(list, "this_update")) +
             "\n";
  }
  const json::array& certificates = found.at("certificates").as_array();
  if (!certificates.empty())
    words +=
        common.say(is_repaired ? messages::false_certificates : messages::certificates_would_be_replaced) +
        "\n";
  for (const json::value& certificate : certificates)
    words += "  " + std::string(certificate.as_string()) + "\n";
  return is_repaired ? words + common.say(messages::verifiers_must_delete) : words;
}

struct RepairOptions {
  std::string config_file, now;
};

// Without --now: what a repair would do, and that it was not done.
int repair(const CommonOptions& common, const RepairOptions& options) {
  const service::DataFolder data = open_data_folder(common);
  const service::Config config = value_or_fail(service::read_config(
      options.config_file.empty() ? data.config() : std::filesystem::path(options.config_file)));
  const service::SystemClock clock;
  const pki::Time now = clock.now();
  if (options.now.empty()) {
    const json::object plan =
        to_json(value_or_fail(service::plan_clock_repair(data, config, now)), now, false);
    print(common, plan, to_words(common, plan));
    throw Failure(kUsage, {messages::repair_needs_now, "2026-12-01T13:05:00+09:00"});
  }
  const auto said = pki::parse_rfc3339(options.now);
  if (said.has_error()) throw Failure(kUsage, messages::now_form);
  const auto found = value_or_fail(
      service::repair_clock({.data = data, .config = config, .make_key = service::generate_key}, clock, *said,
                            registry::Actor{.operator_name = "uid " + std::to_string(::geteuid()),
                                            .role = registry::Role::officer}));
  const json::object body = to_json(found, now, true);
  print(common, body, to_words(common, body));
  return kDone;
}

}  // namespace

void add_clock_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command clock = add_command(line, line.app, "clock",
                                    "The service's time after a leap of the wall clock", "jpki clock show");
  clock.require_subcommand(1);
  on_run(line,
         add_command(line, clock, "show", "The time the service goes by, and any doubt", "jpki clock show"),
         [&common] { return show(common); });
  on_run(line,
         add_command(line, clock, "accept", "Confirm that the wall clock is right (officers and supervisors)",
                     "jpki clock accept"),
         [&common] { return accept(common); });
  auto options = std::make_shared<RepairOptions>();
  const Command repair_command =
      add_command(line, clock, "repair",
                  "Make a store that was written in a false future writable; the service must be stopped",
                  "jpki clock repair --data jpki-data --now 2026-12-01T13:05:00+09:00");
  repair_command.add_option("--config", options->config_file, "Configuration (default: DATA/jpki.toml)");
  repair_command.add_option(
      "--now", options->now,
      "What a clock says that does not depend on this machine, RFC 3339; without it, show "
      "what a repair would do");
  on_run(line, repair_command, [&common, options] { return repair(common, *options); });
}

}  // namespace cli
