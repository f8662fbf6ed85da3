// jpki rules, jpki sweep: the law as a table, and the clocks that have ended.

#include "cli/command.h"
#include "cli/due_text.h"
#include "cli/rule_text.h"
#include "pki/messages/cli.h"
#include "service/clock.h"

namespace cli {

namespace {

struct RulesOptions {
  std::string on;
  bool markdown = false;
};

int rules(const CommonOptions& common, const RulesOptions& options) {
  if (options.markdown) {
    print(common, json::object{{"markdown", rules_as_markdown()}}, rules_as_markdown());
    return kDone;
  }
  const pki::Date day = options.on.empty() ? pki::jst_date(service::SystemClock().now())
                                           : value_or_fail(pki::parse_date(options.on));
  print(common, rules_as_json(day), rules_as_text(day, common.language));
  return kDone;
}

int sweep(const CommonOptions& common, bool dry_run) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.post("/v1/sweep", json::object{{"dry_run", dry_run}}));
  const auto number = [&](const char* field) {
    return std::to_string(answer.at(field).to_number<std::uint64_t>());
  };
  std::string words;
  for (const json::value& due : answer.at("due").as_array())
    words += words_of_due(due.as_object(), common.language);
  words += common.say(dry_run ? messages::sweep_would : messages::sweep_done, number("events"),
                      number("residents"), number("certificates")) +
           "\n";
  if (answer.at("credentials").to_number<std::uint64_t>() != 0)
    words += common.say(dry_run ? messages::sweep_credentials_would : messages::sweep_credentials_done,
                        number("credentials")) +
             "\n";
  if (const std::string next = text_field(answer, "next"); !next.empty())
    words += common.say(messages::next_due, next) + "\n";
  print(common, answer, words);
  return kDone;
}

}  // namespace

void add_law_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<RulesOptions>();
  const Command rules_command =
      add_command(line, line.app, "rules", "The law of revocation as a table", "jpki rules --on 2026-05-26");
  rules_command.add_option("--on", options->on, "The day, YYYY-MM-DD (default: today)");
  rules_command.add_flag("--markdown", options->markdown,
                         "Every row of every date, as the table of docs/law.md");
  on_run(line, rules_command, [&common, options] { return rules(common, *options); });

  auto dry_run = std::make_shared<bool>(false);
  const Command sweep_command =
      add_command(line, line.app, "sweep",
                  "Apply everything that has fallen due (planned dates, 14/30/90-day "
                  "periods); `serve` does so every second",
                  "jpki sweep --dry-run");
  sweep_command.add_flag("--dry-run", *dry_run, "Show what would be recorded; record nothing");
  on_run(line, sweep_command, [&common, dry_run] { return sweep(common, *dry_run); });
}

}  // namespace cli
