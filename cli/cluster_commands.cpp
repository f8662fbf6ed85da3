// jpki cluster init|status: the log in PostgreSQL to which an authority's store may belong.

#include "cli/cluster_commands.h"

#include <algorithm>

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "pki/bytes.h"
#include "service/cluster.h"
#include "service/open_authority.h"

namespace cli {

namespace {

service::Config read_cluster_config(const service::DataFolder& data, const std::string& file) {
  return value_or_fail(
      service::read_cluster_config(file.empty() ? data.config() : std::filesystem::path(file)));
}

int init(const CommonOptions& common, const std::string& config_file) {
  const service::DataFolder data = common.data_folder();
  const service::Config config = read_cluster_config(data, config_file);
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
                      {"store_row", nullptr},
                      {"machines", std::move(machines)}};
  if (is_led) answer["leader"] = status.log.machine;
  if (is_led && !status.log.address.empty()) answer["address"] = status.log.address;
  if (status.log.rows > 0) answer["last_row_at"] = pki::to_rfc3339(status.log.last_row_at);
  if (status.store_row) answer["store_row"] = *status.store_row;
  return answer;
}

int status(const CommonOptions& common, const std::string& config_file) {
  const service::DataFolder data = common.data_folder();
  const service::Config config = read_cluster_config(data, config_file);
  const auto environment = value_or_fail(service::open_store_beside(data, config.map_bytes));
  const auto found = value_or_fail(service::read_cluster_status(config.cluster, *environment));
  print(common, to_json(found), service::words_of(found, common.language));
  return kDone;
}

}  // namespace

void add_cluster_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command cluster = add_command(line, line.app, "cluster",
                                      "The log in PostgreSQL to which a store may belong (docs/cluster.md)",
                                      "jpki cluster status --data jpki-data");
  cluster.require_subcommand(1);
  const auto add = [&](const char* name, const char* description, const char* example,
                       int (*run)(const CommonOptions&, const std::string&)) {
    auto config_file = std::make_shared<std::string>();
    const Command command = add_command(line, cluster, name, description, example);
    command.add_option("--config", *config_file, "Configuration (default: DATA/jpki.toml)");
    on_run(line, command, [&common, config_file, run] { return run(common, *config_file); });
  };
  add("init", "Begin the log of cluster.log with this store, for good; the service must be stopped",
      "jpki cluster init --data jpki-data", init);
  add("status", "Who leads the log, how far it is, and how far its machines are",
      "jpki cluster status --data jpki-data", status);
}

}  // namespace cli
