// jpki check: certificates in use that differ from their holder's entry or card.

#include "cli/command.h"
#include "cli/due_text.h"
#include "cli/field_words.h"
#include "cli/open_data_folder.h"
#include "pki/messages/cli.h"
#include "service/check.h"

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
      items += (items.empty() ? "" : ", ") + field_text(std::string_view(item.as_string()), common.language);
    words +=
        common.say(messages::certificate_differs, text_field(finding, "certificate"),
                   value_text(text_field(finding, "kind"), common.language), text_field(finding, "resident"),
                   items, article_text(text_field(finding, "article"), common.language)) +
        "\n";
  }
  words += count == 0 ? common.say(messages::none_differs)
                      : common.say(messages::some_differ, std::to_string(count));
  print(common, answer, words);
  return count == 0 ? kDone : kRefused;
}

int check_store(const CommonOptions& common) {
  const auto results = value_or_fail(service::check_folder(open_data_folder(common)));
  json::array looks;
  std::string words;
  bool clean = true;
  for (const service::LookResult& look : results) {
    json::array findings;
    words += common.say(look.found == 0 ? messages::look_is_clean : messages::look_has_findings, look.name,
                        look.what, std::to_string(look.looked_at)) +
             "\n";
    for (const pki::Message& message : look.findings) {
      const std::string finding = message.in(common.language);
      findings.push_back(json::value(finding));
      words += "  " + finding + "\n";
    }
    if (look.found > look.findings.size())
      words +=
          "  " + common.say(messages::and_more, std::to_string(look.found - look.findings.size())) + "\n";
    clean = clean && look.found == 0;
    looks.push_back(json::object{{"look", look.name},
                                 {"looked_at", look.looked_at},
                                 {"found", look.found},
                                 {"findings", std::move(findings)}});
  }
  print(common, json::object{{"clean", clean}, {"looks", std::move(looks)}}, words);
  return clean ? int{kDone} : int{kRefused};
}

}  // namespace

void add_check_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command command = add_command(
      line, line.app, "check",
      "List the certificates in use that differ from their holder's entry or card; exit 1 if there are any",
      "jpki check --json");
  auto of_store = std::make_shared<bool>(false);
  command.add_flag(
      "--store", *of_store,
      "Read the store itself from end to end instead, beside the running service: damaged and missing "
      "rows and records");
  on_run(line, command, [&common, of_store] { return *of_store ? check_store(common) : check(common); });
}

}  // namespace cli
