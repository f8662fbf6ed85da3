// jpki cluster init|status|join|export|trim|forget: the log in PostgreSQL to which an authority's store may
// belong.

#include "cli/cluster_commands.h"

#include <algorithm>

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "cli/two_credentials.h"
#include "pki/bytes.h"
#include "pki/messages/cli.h"
#include "registry/actor.h"
#include "service/clock.h"
#include "service/cluster.h"
#include "service/cluster_export.h"
#include "service/cluster_join.h"
#include "service/init.h"
#include "service/open_authority.h"

namespace cli {

namespace {

struct ClusterOptions {
  std::string config;
  // In place of cluster.log: of the owner of the log's tables.
  std::string log;
  // What the command is about.
  std::string subject;
  // Of an export: the credential of the second person, and whether an earlier call may be completed.
  std::string confirm_with;
  bool complete = false;
};

std::filesystem::path config_file(const CommonOptions& common, const ClusterOptions& options) {
  return options.config.empty() ? common.data_folder().config() : std::filesystem::path(options.config);
}

service::Config read_config(const CommonOptions& common, const ClusterOptions& options) {
  return value_or_fail(service::read_cluster_config(config_file(common, options)));
}

// Of the owner of the tables; nothing else of the configuration is needed then.
std::string as_owner(const CommonOptions& common, const ClusterOptions& options) {
  return options.log.empty() ? read_config(common, options).cluster.log : options.log;
}

int init(const CommonOptions& common, const ClusterOptions& options) {
  const service::DataFolder data = common.data_folder();
  service::Config config = read_config(common, options);
  if (!options.log.empty()) config.cluster.log = options.log;
  const auto environment = value_or_fail(service::open_store(data, config.map_bytes));
  value_or_fail(service::check_is_newest(data, config, *environment));
  const auto made = value_or_fail(service::begin_log(config.cluster, *environment));
  print(common, json::object{{"log", pki::to_hex(made.id)}}, service::words_of(made, common.language));
  return kDone;
}

json::object to_json(const service::ClusterStatus& status) {
  json::array machines;
  const bool is_led = status.log.lease_left.count() > 0;
  for (const auto& machine : status.machines)
    machines.push_back(json::object{{"name", machine.name},
                                    {"role", machine.role},
                                    {"row", machine.row},
                                    {"rows_behind", status.log.rows - std::min(status.log.rows, machine.row)},
                                    {"seen_ms", machine.age.count()},
                                    {"read_lease_ms", machine.lease_left.count()}});
  json::object answer{{"log", pki::to_hex(status.identity.id)},
                      {"leader", nullptr},
                      {"address", nullptr},
                      {"epoch", status.log.epoch.number},
                      {"row", status.log.rows},
                      {"last_row_at", nullptr},
                      {"lease_ms", status.log.lease_left.count()},
                      {"closed_by", nullptr},
                      {"store_row", nullptr},
                      {"machines", std::move(machines)}};
  if (is_led) answer["leader"] = status.log.machine;
  if (is_led && !status.log.address.empty()) answer["address"] = status.log.address;
  if (status.log.rows > 0) answer["last_row_at"] = pki::to_rfc3339(status.log.last_row_at);
  if (status.log.is_closed) answer["closed_by"] = status.log.machine;
  if (status.store_row) answer["store_row"] = *status.store_row;
  return answer;
}

int status(const CommonOptions& common, const ClusterOptions& options) {
  const service::Config config = read_config(common, options);
  const auto environment = value_or_fail(service::open_store_beside(common.data_folder(), config.map_bytes));
  const auto found = value_or_fail(service::read_cluster_status(config.cluster, *environment));
  print(common, to_json(found), service::words_of(found, common.language));
  return kDone;
}

int join(const CommonOptions& common, const ClusterOptions& options) {
  const service::JoinRequest request{.data = common.data_folder(),
                                     .config = read_config(common, options),
                                     .backup = std::filesystem::absolute(options.subject)};
  const service::SystemClock wall;
  const service::LogMember member = service::open_member(request.config, wall);
  const auto report = value_or_fail(service::join_cluster(request, *member.rows, member.machine));
  std::string words = common.say(messages::cluster_joined, report.made, std::to_string(report.from),
                                 std::to_string(report.row));
  if (!std::filesystem::exists(request.data.keys()))
    words += "\n" + common.say(messages::cluster_joined_without_keys, request.data.keys().string());
  print(common,
        json::object{{"made", report.made},
                     {"from_row", report.from},
                     {"row", report.row},
                     {"keys", report.brought_keys}},
        words);
  return kDone;
}

int export_store(const CommonOptions& common, const ClusterOptions& options) {
  const service::Config config = read_config(common, options);
  const service::SystemClock wall;
  const registry::Actor actor = value_or_fail(service::who_exports(
      common.data_folder(), read_two_credentials(common, options.confirm_with), wall.now()));
  service::LogMember member = service::open_member(config, wall);
  const auto report = value_or_fail(service::export_store(
      {.data = open_data_folder(common, options.config), .config = config, .make_key = service::generate_key},
      member, wall, actor, options.complete ? service::Completing::allowed : service::Completing::refused));
  const std::string id = pki::to_hex(report.log_id);
  print(common, json::object{{"log", id}, {"row", report.row}},
        common.say(messages::cluster_exported, id, std::to_string(report.row)));
  return kDone;
}

// RFC 3339, or the beginning of a day in Japan.
pki::Time read_moment(const std::string& text) {
  if (const auto day = pki::parse_date(text)) return pki::jst_start_of_day(*day);
  if (const auto time = pki::parse_rfc3339(text)) return *time;
  throw Failure(kUsage, messages::cluster_before_form);
}

int trim(const CommonOptions& common, const ClusterOptions& options) {
  const pki::Time before = read_moment(options.subject);
  const auto trimmed = value_or_fail(service::trim_log(as_owner(common, options), before));
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  print(common,
        json::object{{"removed", trimmed.removed},
                     {"first_row", trimmed.first_kept},
                     {"least", trimmed.least},
                     {"least_row", trimmed.least_row}},
        common.say(messages::cluster_trimmed, number(trimmed.removed), number(trimmed.first_kept),
                   trimmed.least, number(trimmed.least_row)));
  return kDone;
}

int forget(const CommonOptions& common, const ClusterOptions& options) {
  value_or_fail(service::forget_machine(as_owner(common, options), options.subject));
  print(common, json::object{{"forgotten", options.subject}},
        common.say(messages::cluster_forgotten, options.subject));
  return kDone;
}

using Run = int (*)(const CommonOptions&, const ClusterOptions&);

// A command with its --config, and its options for further ones.
std::pair<Command, std::shared_ptr<ClusterOptions>> add(CommandLine& line, const Command& cluster,
                                                        const char* name, const char* description,
                                                        const char* example, Run run) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<ClusterOptions>();
  Command command = add_command(line, cluster, name, description, example);
  command.add_option("--config", options->config, "Configuration (default: DATA/jpki.toml)");
  on_run(line, command, [&common, options, run] { return run(common, *options); });
  return {command, options};
}

void add_owner(const Command& command, ClusterOptions& options) {
  command.add_option("--log", options.log,
                     "The connection string of the owner of the log's tables (default: cluster.log)");
}

}  // namespace

void add_cluster_commands(CommandLine& line) {
  const Command cluster = add_command(line, line.app, "cluster",
                                      "The log in PostgreSQL to which a store may belong (docs/cluster.md)",
                                      "jpki cluster status --data jpki-data");
  cluster.require_subcommand(1);
  const auto [init_command, begun] =
      add(line, cluster, "init", "Begin the log of cluster.log with this store; the service must be stopped",
          "jpki cluster init --data jpki-data", init);
  add_owner(init_command, *begun);
  add(line, cluster, "status", "Who leads the log, how far it is, and how far its machines are",
      "jpki cluster status --data jpki-data", status);
  const auto [join_command, joined] =
      add(line, cluster, "join",
          "Make the store of this machine from a backup of another one, and follow the log",
          "jpki cluster join jpki.tar --data jpki-data", join);
  join_command.add_option("FILE", joined->subject, "What `jpki backup` made on a machine of the log")
      .required();
  const auto [export_command, exported] =
      add(line, cluster, "export",
          "Close the log and take this store out of it, for good; all services must be stopped",
          "jpki cluster export --data jpki-data", export_store);
  export_command.add_option("--confirm-with", exported->confirm_with,
                            "A supervisor's credential, beside the officer's of --credential, where two "
                            "persons must");
  export_command.add_flag("--complete", exported->complete,
                          "An earlier call was broken off, and no store has gone on since");
  const auto [trim_command, trimmed] =
      add(line, cluster, "trim", "Remove old rows of the log that every machine has",
          "jpki cluster trim --before 2026-11-01", trim);
  trim_command.add_option("--before", trimmed->subject, "A day in Japan, or a moment (RFC 3339)").required();
  add_owner(trim_command, *trimmed);
  const auto [forget_command, forgotten] =
      add(line, cluster, "forget", "Keep no rows of the log any more for a machine that has gone for good",
          "jpki cluster forget osaka-1", forget);
  forget_command.add_option("NAME", forgotten->subject, "The machine, as `jpki cluster status` names it")
      .required();
  add_owner(forget_command, *forgotten);
}

}  // namespace cli
