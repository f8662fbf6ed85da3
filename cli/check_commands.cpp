// jpki check: certificates in use that differ from their holder's entry or card.

#include "cli/command.h"

namespace cli {

namespace {

int check(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/check"));
  const auto count = answer.at("count").to_number<std::uint64_t>();
  std::string words;
  for (const json::value& value : answer.at("findings").as_array()) {
    const json::object& finding = value.as_object();
    std::string items;
    for (const json::value& item : finding.at("differs").as_array())
      items += (items.empty() ? "" : ", ") + std::string(item.as_string());
    words += text_field(finding, "certificate") + " (" + text_field(finding, "kind") + ") of resident " +
             text_field(finding, "resident") + " differs in: " + items + " (" +
             text_field(finding, "article") + ")\n";
  }
  words += count == 0 ? "no certificate in use differs from its holder's entry or card"
                      : std::to_string(count) +
                            " certificates in use differ from their holders' entries or cards: `jpki migrate` "
                            "records them as fallen";
  print(common, answer, words);
  return count == 0 ? kDone : kRefused;
}

}  // namespace

void add_check_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  CLI::App* command =
      add_command(line, line.app, "check",
                  "List the certificates in use that differ from their holder's entry or card; exit 1 if there are any",
                  "jpki check --json");
  on_run(line, command, [&common] { return check(common); });
}

}  // namespace cli
