// jpki stats: the ministry's tables.

#include <chrono>
#include <iostream>
#include <thread>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stats_tables.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

struct StatsOptions {
  std::string on, format = "text", tables = "all";
};

// A count over a large store is asked about until it is done; each question waits some seconds at the server.
json::object count(const CommonOptions& common, const StatsOptions& options) {
  AdminClient client = common.connect();
  json::object answer = value_or_fail(client.get("/v1/statistics?tables=" + options.tables +
                                                 (options.on.empty() ? "" : "&on=" + options.on)));
  if (!answer.contains("count")) return answer;
  Progress progress(common.say(messages::progress_counted), answer.at("total").to_number<std::uint64_t>(),
                    common.progress());
  const std::string target = "/v1/statistics/" + text_field(answer, "count");
  std::uint64_t done = 0;
  while (answer.contains("count")) {
    const auto now = answer.at("done").to_number<std::uint64_t>();
    progress.add(now - done);
    done = now;
    answer = value_or_fail(client.get(target));
  }
  return answer;
}

int stats(const CommonOptions& common, const StatsOptions& options) {
  const std::string format = common.json ? "json" : options.format;
  if (format != "text" && format != "csv" && format != "json") throw Failure(kUsage, messages::stats_format);
  if (options.tables != "all" && options.tables != "regions") throw Failure(kUsage, messages::stats_tables);
  if (!options.on.empty() && pki::parse_date(options.on).has_error())
    throw Failure(kUsage, messages::on_form);
  const json::object statistics = count(common, options);
  if (format == "json")
    std::cout << json::serialize(statistics) << "\n";
  else if (!common.quiet)
    std::cout << (format == "csv" ? stats_as_csv(statistics, common.language)
                                  : stats_as_text(statistics, common.language));
  return kDone;
}

}  // namespace

void add_stats_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<StatsOptions>();
  const Command command = add_command(line, line.app, "stats",
                                      "Certificates by municipality, prefecture, sex, age, kind and state",
                                      "jpki stats --on 2026-11-01 --format csv");
  command.add_option("--on", options->on, "The day, YYYY-MM-DD (default: today)");
  command.add_option("--format", options->format, "text, csv or json").capture_default_str();
  command
      .add_option("--tables", options->tables,
                  "all, or regions: without sex and age, which opens no sealed record")
      .capture_default_str();
  on_run(line, command, [&common, options] { return stats(common, *options); });
}

}  // namespace cli
