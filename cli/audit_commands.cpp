// jpki audit show|verify.

#include "cli/command.h"

namespace cli {

namespace {

int show(const CommonOptions& common, int limit) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/audit?limit=" + std::to_string(limit)));
  std::string words;
  for (const json::value& value : answer.at("entries").as_array()) {
    const json::object& entry = value.as_object();
    words += text_field(entry, "sequence") + "  " + text_field(entry, "recorded_at") + "  " +
             text_field(entry, "role") + " (" + text_field(entry, "operator") + ")  " +
             text_field(entry, "action");
    for (const json::value& subject : entry.at("subjects").as_array())
      words += ", " + std::string(subject.as_string());
    words += "\n";
  }
  print(common, answer, words);
  return kDone;
}

int verify(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/audit/verification"));
  print(common, answer,
        "the audit log is intact: " + text_field(answer, "entries") + " entries; so are " +
            text_field(answer, "ledger_days") + " closed days of the ledger");
  return kDone;
}

}  // namespace

void add_audit_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  CLI::App* audit = add_command(line, line.app, "audit", "The audit log", "jpki audit verify");
  audit->require_subcommand(1);
  auto limit = std::make_shared<int>(100);
  CLI::App* show_command =
      add_command(line, *audit, "show", "The newest entries", "jpki audit show --limit 20");
  show_command->add_option("--limit", *limit, "How many")->capture_default_str();
  on_run(line, show_command, [&common, limit] { return show(common, *limit); });
  CLI::App* verify_command =
      add_command(line, *audit, "verify", "Recompute the chain of hashes", "jpki audit verify");
  on_run(line, verify_command, [&common] { return verify(common); });
}

}  // namespace cli
