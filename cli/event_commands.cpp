// jpki event NAME ID …: tells the authority what happened.

#include <map>

#include "cli/command.h"
#include "cli/event_fields.h"

namespace cli {

namespace {

struct EventOptions {
  std::string name, id;
  // By the API's field names.
  std::map<std::string, std::string> items;
  // What was given, if only as '': an empty former name removes the one on record.
  std::map<std::string, const CLI::Option*> given;
  bool dry_run = false;
};

std::string words_of(const json::object& answer, bool dry_run) {
  std::string words = text_field(answer, "event") + (dry_run ? " would be recorded" : " was recorded");
  if (answer.at("repeated").as_bool())
    words = text_field(answer, "event") + " was recorded already under this id";
  words += " for resident " + text_field(answer, "resident") + "\n";
  const json::array& certificates = answer.at("certificates").as_array();
  if (certificates.empty()) words += "  no certificate changes\n";
  for (const json::value& value : certificates) {
    const json::object& certificate = value.as_object();
    words += "  " + text_field(certificate, "outcome") + " " + text_field(certificate, "certificate") + " (" +
             text_field(certificate, "kind") + ")";
    if (const std::string reason = text_field(certificate, "reason"); !reason.empty()) words += " " + reason;
    words += ": " + text_field(certificate, "article") + "\n";
  }
  return words;
}

int record(const CommonOptions& common, const EventOptions& options) {
  AdminClient client = common.connect();
  json::object body{{"event", options.name}, {"resident", options.id}, {"dry_run", options.dry_run}};
  for (const auto& [name, option] : options.given)
    if (option->count() > 0) body[name] = options.items.at(name);
  const json::object answer = value_or_fail(client.post("/v1/events", body));
  print(common, answer, words_of(answer, options.dry_run));
  return kDone;
}

}  // namespace

void add_event_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<EventOptions>();
  CLI::App* event =
      add_command(line, line.app, "event", "Tell the authority what happened to a resident, a card or a key",
                  "jpki event address-change 10000000007 --address '東京都清瀬市模擬町２番' --dry-run");
  event->add_option("NAME", options->name, "The event; `jpki rules` lists them")->required();
  event->add_option("ID", options->id, "The resident")->required();
  for (const EventField& item : kEventFields)
    options->given[item.field] = event->add_option(item.option, options->items[item.field], item.text);
  event->add_flag("--dry-run", options->dry_run,
                  "Show which certificates would fall, and why; record nothing");
  on_run(line, event, [&common, options] { return record(common, *options); });
}

}  // namespace cli
