// jpki retention: records whose retention period has ended, and their removal.

#include "cli/command.h"
#include "cli/display_width.h"
#include "cli/field_words.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

int retention(const CommonOptions& common, const std::string& on, bool remove) {
  AdminClient client = common.connect();
  json::object body;
  if (!on.empty()) body["on"] = on;
  const json::object answer =
      value_or_fail(remove ? client.post("/v1/retention/removal", body)
                           : client.get("/v1/retention" + (on.empty() ? "" : "?on=" + on)));
  std::string words =
      common.say(remove ? messages::removed_as_due : messages::due_at, text_field(answer, "on")) + "\n";
  for (const json::value& value : answer.at("due").as_array()) {
    const json::object& row = value.as_object();
    const std::string count = text_field(row, "due");
    words += "  " + padded_left(count, 10) + "  " + field_text(text_field(row, "records"), common.language) +
             ": " + text_field(row, "law") + "\n";
  }
  const json::object& crls = answer.at("crls").as_object();
  words +=
      "  " + common.say(messages::crls_past, text_field(crls, "complete"), text_field(crls, "delta")) + "\n";
  if (!remove) words += common.say(messages::nothing_removed) + "\n";
  print(common, answer, words);
  return kDone;
}

}  // namespace

void add_retention_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto on = std::make_shared<std::string>();
  auto remove = std::make_shared<bool>(false);
  const Command command =
      add_command(line, line.app, "retention", "Records whose retention period has ended, and their removal",
                  "jpki retention --on 2040-04-01");
  command.add_option("--on", *on, "The day, YYYY-MM-DD (default: now)");
  command.add_flag("--remove", *remove, "Remove what is due (officers; a second person confirms)");
  on_run(line, command, [&common, on, remove] { return retention(common, *on, *remove); });
}

}  // namespace cli
