// jpki consent withdraw|list: what holders have taken back (規則35-2⑤).

#include "cli/command.h"
#include "pki/messages/cli.h"
#include "registry/resident_id.h"

namespace cli {

namespace {

struct ConsentOptions {
  std::string resident, verifier;
  std::vector<std::string> items;
};

std::string target_of(const ConsentOptions& options) {
  const registry::ResidentId id = value_or_fail(registry::parse_resident_id(options.resident));
  return "/v1/residents/" + to_string(id) + "/withdrawals";
}

std::string words_of(const CommonOptions& common, const json::object& withdrawal) {
  std::string words = common.say(messages::consents_withdrawn, text_field(withdrawal, "verifier"));
  for (const auto& [item, until] : withdrawal.at("withdrawn").as_object())
    words += " " + common.say(messages::consent_given_up_to, item, std::string_view(until.as_string()));
  return words + "\n";
}

int withdraw(const CommonOptions& common, const ConsentOptions& options) {
  json::object body{{"verifier", options.verifier}};
  if (!options.items.empty()) body["items"] = json::value_from(options.items);
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.post(target_of(options), body));
  print(common, answer, words_of(common, answer));
  return kDone;
}

int list(const CommonOptions& common, const ConsentOptions& options) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get(target_of(options)));
  std::string words;
  for (const json::value& withdrawal : answer.at("withdrawals").as_array())
    words += words_of(common, withdrawal.as_object());
  print(common, answer, words.empty() ? common.say(messages::nothing_withdrawn) : words);
  return kDone;
}

}  // namespace

void add_consent_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command consent =
      add_command(line, line.app, "consent", "Consents of holders to verifiers (Act 18-3)",
                  "jpki consent list 10000000014");
  consent.require_subcommand(1);
  auto options = std::make_shared<ConsentOptions>();
  const Command withdraw_command =
      add_command(line, consent, "withdraw", "Take back what was consented to so far",
                  "jpki consent withdraw 10000000014 --verifier 3 --item address");
  withdraw_command.add_option("RESIDENT", options->resident, "The holder").required();
  withdraw_command.add_option("--verifier", options->verifier, "To whom it was given").required();
  withdraw_command.add_option("--item", options->items,
                              "name, address, birth or sex; may be repeated (default: all four)");
  on_run(line, withdraw_command, [&common, options] { return withdraw(common, *options); });
  const Command list_command =
      add_command(line, consent, "list", "What a holder has withdrawn", "jpki consent list 10000000014");
  list_command.add_option("RESIDENT", options->resident, "The holder").required();
  on_run(line, list_command, [&common, options] { return list(common, *options); });
}

}  // namespace cli
