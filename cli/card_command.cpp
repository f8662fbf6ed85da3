// jpki card: the card of a mock's resident, shown, or put into the slot of a virtual reader.

#include "cli/mock_commands.h"
#include "mock/vpcd.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

struct CardOptions {
  std::string id, vpcd, terminal;
};

// The mock's card behind its control: power and commands go there one by one, so that it is the same card for
// the reader and for everything else.
class RemoteCard final : public mock::VirtualCard {
 public:
  RemoteCard(AdminClient& client, const CardOptions& options)
      : client_(client), target_("/mock/cards/" + options.id + "/apdu"), terminal_(options.terminal) {}

  // Also before anything is connected: what is wrong with the card or the terminal is said at once.
  void set_power(mock::CardPower power) override {
    json::object body{{"power", power == mock::CardPower::off  ? "off"
                                : power == mock::CardPower::on ? "on"
                                                               : "reset"}};
    if (power != mock::CardPower::off && !terminal_.empty()) body["terminal"] = terminal_;
    atr_ = ask(body, "atr");
  }
  [[nodiscard]] pki::Bytes atr() override { return atr_; }
  [[nodiscard]] pki::Bytes transmit(pki::ByteView command) override {
    return ask({{"command", pki::to_hex(command)}}, "response");
  }

 private:
  pki::Bytes ask(const json::object& body, const char* member) {
    const json::object answer = value_or_fail(client_.post(target_, body));
    return pki::from_hex(text_field(answer, member)).value_or(pki::Bytes{});
  }

  AdminClient& client_;
  std::string target_, terminal_;
  pki::Bytes atr_;
};

std::string certificate_words(const CommonOptions& common, const json::object& card, const char* kind) {
  const json::value& value = card.at(kind);
  if (value.is_null()) return common.say(messages::card_lacks, kind) + "\n";
  const json::object& pin = value.at("pin").as_object();
  return common.say(messages::card_certificate, kind, text_field(value.as_object(), "serial"),
                    text_field(pin, "value"), text_field(pin, "tries_left"), text_field(pin, "tries_max")) +
         "\n";
}

int card(const CommonOptions& common, const std::string& control, const CardOptions& options) {
  AdminClient client = connect_to_mock(control);
  const json::object shown = value_or_fail(client.get("/mock/cards/" + percent_encode(options.id)));
  if (options.vpcd.empty()) {
    print(common, shown, certificate_words(common, shown, "auth") + certificate_words(common, shown, "sign"));
    return kDone;
  }
  RemoteCard remote(client, options);
  remote.set_power(mock::CardPower::on);
  auto reader = value_or_fail(mock::ReaderConnection::connect(options.vpcd));
  print(common, shown, common.say(messages::card_in_reader, options.vpcd));
  value_or_fail(reader.serve(remote));
  return kDone;
}

}  // namespace

void add_card_command(CommandLine& line) {
  const CommonOptions& common = line.common;
  const auto control = make_control_option();
  auto options = std::make_shared<CardOptions>();
  const Command command = add_command(line, line.app, "card",
                                      "Show the card of a mock's resident, or put it into a virtual reader",
                                      "jpki card 10000000006 --vpcd 127.0.0.1:35963");
  command.add_option("ID", options->id, "The resident").required();
  const Option vpcd = command.add_option(
      "--vpcd", options->vpcd, "Where vpcd listens below pcscd, HOST:PORT; runs until the reader goes");
  command
      .add_option("--terminal", options->terminal,
                  "The serial of a credential for use without PIN, which the reader's terminal shows")
      .needs(vpcd);
  add_control_option(command, *control);
  on_run(line, command, [&common, control, options] { return card(common, *control, *options); });
}

}  // namespace cli
