// jpki event NAME ID …: reports what happened to a resident, a card or a key.

#include <algorithm>
#include <map>

#include "cli/command.h"
#include "cli/compromise.h"
#include "cli/due_text.h"
#include "cli/event_help.h"
#include "cli/field_words.h"
#include "law/compromise.h"
#include "law/event_fields.h"
#include "pki/messages/cli.h"
#include "service/clock.h"

namespace cli {

namespace {

struct EventOptions {
  std::string name, id, ca;
  // By the API's field names.
  std::map<std::string, std::string> items;
  // What was given, if only as '': an empty former name removes the one on record.
  std::map<std::string, Option> given;
  bool dry_run = false;
  bool yes = false;
  // For the compromise of a CA's key alone.
  bool wait = false;
};

std::string words_of(const CommonOptions& common, const json::object& answer, bool dry_run) {
  const pki::MessageText& heading = answer.at("repeated").as_bool() ? messages::event_repeated
                                    : dry_run                       ? messages::event_would_be_recorded
                                                                    : messages::event_recorded;
  std::string words = common.say(heading, event_text(text_field(answer, "event"), common.language),
                                 text_field(answer, "resident")) +
                      "\n";
  if (answer.contains("cause"))
    words += "  " +
             common.say(messages::event_cause, law_text(text_field(answer, "cause"), common.language)) + "\n";
  const json::value* const changes = answer.if_contains("changes");
  for (const json::value& value : changes != nullptr ? changes->as_array() : json::array()) {
    const json::object& change = value.as_object();
    words += "  " + field_text(text_field(change, "item"), common.language) + ": " +
             text_field(change, "before") + " -> " + text_field(change, "after") +
             (change.at("writing_alone").as_bool() ? common.say(messages::writing_alone) : "") + "\n";
  }
  for (const json::value& due : answer.at("earlier").as_array())
    words += "  " + common.say(messages::due_before, words_of_due(due.as_object(), common.language));
  const json::array& certificates = answer.at("certificates").as_array();
  if (certificates.empty()) words += "  " + common.say(messages::no_certificate_changes) + "\n";
  words += words_of_certificates(certificates, common.language);
  if (answer.at("notify_holder").as_bool()) words += "  " + common.say(messages::notify_holder) + "\n";
  // Apart from what has changed, and in the conditional: none of it has happened.
  const json::array& upcoming = answer.at("upcoming").as_array();
  if (!upcoming.empty()) words += common.say(messages::still_to_come) + "\n";
  for (const json::value& due : upcoming)
    words += words_of_upcoming(due.as_object(), common.language);
  return words;
}

// What was given. An option in the place of a value is a value forgotten: `--name --dry-run` would record.
void add_items(json::object& body, const EventOptions& options) {
  for (const auto& [name, option] : options.given) {
    if (!option.is_given()) continue;
    if (law::find_field_row(name)->type == law::FieldType::flag) {
      body[name] = true;
      continue;
    }
    const std::string& value = options.items.at(name);
    if (value.starts_with("--"))
      throw Failure(kUsage, {messages::option_without_value, option.name(), value});
    body[name] = law::find_field_row(name)->type == law::FieldType::document
                     ? pki::to_base64(pki::as_bytes(read_text_file(value)))
                     : value;
  }
}

// The one event that is about no resident.
int record_compromise(const CommonOptions& common, const EventOptions& options) {
  if (!options.id.empty()) throw Failure(kUsage, messages::compromise_without_resident);
  if (options.ca.empty()) throw Failure(kUsage, messages::compromise_needs_ca);
  AdminClient client = common.connect();
  json::object body{{"event", options.name}, {"ca", options.ca}, {"dry_run", options.dry_run}};
  add_items(body, options);
  const json::object answer = value_or_fail(client.post("/v1/events", body));
  if (options.wait && !options.dry_run) wait_for_filling(common, client, text_field(answer, "ca"));
  print(common, answer, words_of_compromise(common, answer));
  return kDone;
}

// A planned day of long ago is more often a slip in the year than a notice, and what it revokes stays
// revoked.
void check_planned(const EventOptions& options) {
  constexpr int kLongAgoDays = 90;
  const auto planned = options.given.find("planned");
  if (options.yes || options.dry_run || planned == options.given.end() || !planned->second.is_given()) return;
  const auto day = pki::parse_date(options.items.at("planned"));
  if (!day || *day >= pki::add_days(pki::jst_date(service::SystemClock().now()), -kLongAgoDays)) return;
  throw Failure(kUsage, {messages::planned_long_ago, pki::to_string(*day)});
}

int record(const CommonOptions& common, const EventOptions& options) {
  if (options.name == law::kCompromiseEvent) return record_compromise(common, options);
  if (options.id.empty()) throw Failure(kUsage, messages::event_of_whom);
  if (!options.ca.empty() || options.wait) throw Failure(kUsage, messages::compromise_options);
  check_planned(options);
  AdminClient client = common.connect();
  json::object body{{"event", options.name}, {"resident", options.id}, {"dry_run", options.dry_run}};
  add_items(body, options);
  const json::object answer = value_or_fail(client.post("/v1/events", body));
  print(common, answer, words_of(common, answer, options.dry_run));
  return kDone;
}

}  // namespace

void add_event_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<EventOptions>();
  const Command event =
      add_command(line, line.app, "event", "Record what happened to a resident, a card or a key",
                  "jpki event address-change 10000000006 --address '東京都清瀬市模擬町２番' --dry-run");
  const Option name =
      event.add_option("NAME", options->name, "The event; `jpki rules` lists them").required();
  set_event_help(event, name, common.language);
  event.add_option("ID", options->id, "The resident; none for ca-key-compromise");
  event.add_option("--ca", options->ca, "The generation whose key it is, e.g. sign-1 (ca-key-compromise)");
  event.add_flag("--wait", options->wait, "Wait until its rows are filled in (ca-key-compromise)");
  for (const law::FieldRow& row : law::event_field_rows()) {
    const std::string name(row.name), text(row.text);
    options->given.emplace(name, row.type == law::FieldType::flag
                                     ? event.add_flag(law::option_of(row), text)
                                     : event.add_option(law::option_of(row), options->items[name], text));
  }
  event.add_flag("--yes", options->yes,
                 "The day of --planned is right, though it lies more than 90 days in the past");
  event.add_flag("--dry-run", options->dry_run,
                 "Show which certificates would be revoked, and why; record nothing");
  on_run(line, event, [&common, options] { return record(common, *options); });
}

}  // namespace cli
