// jpki requests list|show|confirm|reject: what waits for a second person.

#include "cli/command.h"
#include "cli/field_words.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

std::string line_of(const CommonOptions& common, const json::object& request) {
  std::string words = text_field(request, "id") + "  " +
                      value_text(text_field(request, "state"), common.language) + "  " +
                      text_field(request, "action") + ": " + text_field(request, "method") + " " +
                      text_field(request, "path") + " " + json::serialize(request.at("arguments")) + "\n  " +
                      common.say(messages::requested_by, text_field(request, "requested_by"),
                                 text_field(request, "role"), text_field(request, "requested_at"));
  if (text_field(request, "state") == "waiting")
    words += common.say(messages::request_expires, text_field(request, "expires_at"));
  if (const std::string who = text_field(request, "decided_by"); !who.empty())
    words += "\n  " + common.say(messages::decided_by, who, text_field(request, "decided_at"));
  if (const std::string outcome = text_field(request, "outcome"); !outcome.empty())
    words += "\n  " + common.say(messages::request_outcome, outcome);
  return words + "\n";
}

int list(const CommonOptions& common, bool all) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get(all ? "/v1/requests?all=true" : "/v1/requests"));
  std::string words;
  for (const json::value& request : answer.at("requests").as_array())
    words += line_of(common, request.as_object());
  print(common, answer, words.empty() ? common.say(messages::nothing_waits) : words);
  return kDone;
}

json::object look_at(AdminClient& client, const std::string& id) {
  return value_or_fail(client.get("/v1/requests/" + id));
}

std::string words_with_preview(const CommonOptions& common, const json::object& answer) {
  std::string words = line_of(common, answer.at("request").as_object());
  if (const json::value* preview = answer.if_contains("preview"))
    words += "  " + common.say(messages::request_preview, json::serialize(*preview)) + "\n";
  if (const json::value* obstacle = answer.if_contains("obstacle"))
    words += "  " +
             common.say(messages::request_obstacle,
                        std::string_view(obstacle->as_object().at("detail").as_string())) +
             "\n";
  return words;
}

int show(const CommonOptions& common, const std::string& id) {
  AdminClient client = common.connect();
  const json::object answer = look_at(client, id);
  print(common, answer, words_with_preview(common, answer));
  return kDone;
}

// The digest that goes with the decision is of what was shown.
int decide(const CommonOptions& common, const std::string& id, const std::string& what, std::string digest) {
  AdminClient client = common.connect();
  if (digest.empty()) digest = text_field(look_at(client, id).at("request").as_object(), "digest");
  const json::object answer =
      value_or_fail(client.post("/v1/requests/" + id + "/" + what, json::object{{"digest", digest}}));
  print(common, answer, words_with_preview(common, answer));
  return kDone;
}

}  // namespace

void add_request_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command requests =
      add_command(line, line.app, "requests", "What waits for a second person", "jpki requests list");
  requests.require_subcommand(1);
  auto all = std::make_shared<bool>(false);
  const Command list_command = add_command(line, requests, "list", "What waits", "jpki requests list");
  list_command.add_flag("--all", *all, "Also what is decided or has expired");
  on_run(line, list_command, [&common, all] { return list(common, *all); });

  auto id = std::make_shared<std::string>(), digest = std::make_shared<std::string>();
  const Command show_command =
      add_command(line, requests, "show", "One, and exactly what it would do now", "jpki requests show 7");
  const Command confirm =
      add_command(line, requests, "confirm", "Do what another has requested", "jpki requests confirm 7");
  const Command reject =
      add_command(line, requests, "reject", "Decide that it is not done", "jpki requests reject 7");
  for (const Command& command : {show_command, confirm, reject})
    command.add_option("ID", *id, "The request").required();
  confirm.add_option("--digest", *digest, "That of the request you have seen: refused when it is another");
  on_run(line, show_command, [&common, id] { return show(common, *id); });
  on_run(line, confirm, [&common, id, digest] { return decide(common, *id, "confirm", *digest); });
  on_run(line, reject, [&common, id] { return decide(common, *id, "reject", {}); });
}

}  // namespace cli
