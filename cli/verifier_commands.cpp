// jpki verifier
// add|notify|agree|certify|approve|minor-change|cancel-approval|end-approval|suspend|resume|cancel|
// show|list; credentials in cli/credential_commands.cpp.

#include <algorithm>
#include <initializer_list>

#include "cli/approval_text.h"
#include "cli/command.h"
#include "cli/field_words.h"
#include "pki/messages/cli.h"
#include "pki/private_key.h"

namespace cli {

namespace {

struct VerifierOptions {
  std::string name, id, date, until, ca, serial;
  // Of the approval; each as a text or in a file.
  std::string plan, plan_file, equipment, equipment_file;
  std::string confirmers;
  std::vector<std::string> classes, networks;
  bool is_private = false, ready = false, signature = false, tls = false, wide = false;
  // What an agreement lists no longer.
  std::vector<std::string> removed_networks, removed_cas;
  bool no_signature = false, no_tls = false;
};

json::array to_array(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts)
    list.push_back(json::value(text));
  return list;
}

std::string suspension_words(const CommonOptions& common, const json::object& verifier) {
  if (verifier.at("suspended_from").is_null()) return {};
  std::string words = "  " + common.say(messages::suspended_from, text_field(verifier, "suspended_from"));
  if (!verifier.at("suspended_until").is_null())
    words += common.say(messages::until, text_field(verifier, "suspended_until"));
  return words + "\n";
}

std::string class_words(const CommonOptions& common, std::string_view name, const json::object& entry) {
  std::string words = "  " + value_text(name, common.language) + ": " +
                      common.say(entry.at("active").as_bool() ? messages::active : messages::not_active) +
                      "\n" + approval_words(entry, common.language);
  if (name == "specific-authentication")
    words += "    " +
             common.say(entry.at("pinless").as_bool() ? messages::pinless_open : messages::pinless_closed) +
             "\n";
  if (const std::string confirmers = text_field(entry, "confirmers"); !confirmers.empty())
    words += "    " + common.say(messages::passes_on_to, confirmers) + "\n";
  return words;
}

std::string words_of(const CommonOptions& common, const json::object& verifier) {
  std::string words = text_field(verifier, "id") + "  " + text_field(verifier, "name") +
                      (verifier.at("private").as_bool() ? common.say(messages::private_body) : "") + "\n";
  for (const auto& [name, value] : verifier.at("classes").as_object())
    words += class_words(common, name, value.as_object());
  if (verifier.at("signature").as_bool()) words += "  " + common.say(messages::by_signature) + "\n";
  if (verifier.at("tls").as_bool()) words += "  " + common.say(messages::by_tls) + "\n";
  for (const json::value& network : verifier.at("networks").as_array())
    words += "  " + common.say(messages::by_network, std::string_view(network.as_string())) + "\n";
  for (const json::value& value : verifier.at("ca_names").as_array()) {
    const json::object& ca = value.as_object();
    words += "  " + common.say(messages::own_ca, text_field(ca, "subject")) + "\n    SHA-256 " +
             text_field(ca, "sha256") + "\n";
  }
  for (const json::value& serial : verifier.at("refused_signers").as_array())
    words += "  " + common.say(messages::refused_signer, std::string_view(serial.as_string())) + "\n";
  words += suspension_words(common, verifier);
  if (const std::string why = text_field(verifier, "explanation"); !why.empty()) words += "  " + why + "\n";
  return words;
}

// One certificate, DER or PEM.
pki::Bytes read_certificate(const std::string& file) {
  const std::string text = read_text_file(file);
  if (text.find("-----BEGIN") == std::string::npos) return pki::to_bytes(pki::as_bytes(text));
  std::vector<pki::Bytes> blocks = value_or_fail(pki::decode_pem_blocks(text, "CERTIFICATE"));
  if (blocks.size() != 1)
    throw Failure(kUsage, {messages::one_certificate, file, std::to_string(blocks.size())});
  return std::move(blocks.front());
}

json::object agreement(const VerifierOptions& options) {
  json::object body{
      {"network", to_array(options.networks)}, {"signature", options.signature}, {"tls", options.tls}};
  if (!options.ca.empty()) body["ca"] = pki::to_base64(read_certificate(options.ca));
  if (options.wide) body["wide"] = true;
  return body;
}

void add_withdrawal(json::object& body, const VerifierOptions& options) {
  if (!options.removed_networks.empty()) body["remove_network"] = to_array(options.removed_networks);
  if (options.no_signature) body["remove_signature"] = true;
  if (options.no_tls) body["remove_tls"] = true;
  if (!options.removed_cas.empty()) body["remove_ca"] = to_array(options.removed_cas);
}

int add(const CommonOptions& common, const VerifierOptions& options) {
  AdminClient client = common.connect();
  json::object body = agreement(options);
  body["name"] = options.name;
  body["class"] = to_array(options.classes);
  body["private"] = options.is_private;
  body["ready"] = options.ready;
  const json::object verifier = value_or_fail(client.post("/v1/verifiers", body));
  print(common, verifier, text_field(verifier, "id"));
  return kDone;
}

// Adds an item of the approval that was given as a text or in a file.
void add_approval_item(json::object& body, const char* name, const std::string& text,
                       const std::string& file) {
  if (!text.empty() && !file.empty()) throw Failure(kUsage, {messages::text_or_file, name, name});
  if (!text.empty()) body[name] = text;
  if (!file.empty()) body[name] = read_text_file(file);
}

int step(const CommonOptions& common, const VerifierOptions& options, const std::string& name) {
  AdminClient client = common.connect();
  json::object body = name == "agree" ? agreement(options) : json::object();
  add_withdrawal(body, options);
  if (!options.confirmers.empty()) body["confirmers"] = options.confirmers;
  if (!options.classes.empty()) body["class"] = to_array(options.classes);
  if (!options.date.empty()) body["date"] = options.date;
  if (!options.until.empty()) body["until"] = options.until;
  add_approval_item(body, "plan", options.plan, options.plan_file);
  add_approval_item(body, "equipment", options.equipment, options.equipment_file);
  const json::object verifier = value_or_fail(client.post("/v1/verifiers/" + options.id + "/" + name, body));
  std::string words = words_of(common, verifier);
  if (const json::value* serials = verifier.if_contains("to_erase");
      serials && !serials->as_array().empty()) {
    words += "  " + common.say(messages::must_erase);
    for (const json::value& serial : serials->as_array())
      words += " " + std::string(serial.as_string());
    words += "\n";
  }
  print(common, verifier, words);
  return kDone;
}

int refuse_signer(const CommonOptions& common, const VerifierOptions& options) {
  AdminClient client = common.connect();
  const json::object verifier = value_or_fail(
      client.post("/v1/verifiers/" + options.id + "/refused-signers", {{"serial", options.serial}}));
  print(common, verifier, words_of(common, verifier));
  return kDone;
}

int show(const CommonOptions& common, const std::string& id) {
  AdminClient client = common.connect();
  const json::object verifier = value_or_fail(client.get("/v1/verifiers/" + id));
  print(common, verifier, words_of(common, verifier));
  return kDone;
}

int list(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/verifiers"));
  std::string words;
  for (const json::value& verifier : answer.at("verifiers").as_array())
    words += words_of(common, verifier.as_object());
  print(common, answer, words);
  return kDone;
}

void add_agreement_options(const Command& command, VerifierOptions& options) {
  command.add_option("--network", options.networks, "A network that is recognised, CIDR; may be repeated");
  command.add_flag("--signature", options.signature, "Recognised by request signature");
  command.add_flag("--tls", options.tls, "Recognised by client certificate");
  command.add_option("--ca", options.ca, "The verifier's own CA for request signatures, DER or PEM");
  command.add_flag("--wide", options.wide, "A network wider than /8 (IPv4) or /32 (IPv6) is meant");
}

void add_withdrawal_options(const Command& command, VerifierOptions& options) {
  command.add_option("--remove-network", options.removed_networks,
                     "A network that is recognised no longer, CIDR; may be repeated");
  command.add_flag("--no-signature", options.no_signature,
                   "No longer recognised by request signature; its own CAs are removed");
  command.add_flag("--no-tls", options.no_tls, "No longer recognised by client certificate");
  command.add_option(
      "--remove-ca", options.removed_cas,
      "A CA of its own that counts no longer: the subject or SHA-256 that `verifier show` prints");
}

void add_approval_options(const Command& command, VerifierOptions& options) {
  command.add_option("--plan", options.plan, "The plan of the check that was approved (Ordinance 64-6)");
  command.add_option("--plan-file", options.plan_file, "The same, a file of text");
  command.add_option("--equipment", options.equipment, "The equipment that was approved (Ordinance 64-7)");
  command.add_option("--equipment-file", options.equipment_file, "The same, a file of text");
}

struct StepHelp {
  const char *name, *description;
  // Behind the name in the example; 2 is a verifier of the PIN-less class.
  const char* example;
};

constexpr StepHelp kSteps[] = {
    {"notify", "Record the notification (Ordinance 30, of a group 32, for authentication 61)", "1"},
    {"agree", "Record the agreement (Ordinance 31, 33, 62) and how the verifier is recognised",
     "1 --network 192.0.2.0/24 --signature"},
    {"certify", "Record the ministers' certification (Act 17), for a year", "1"},
    {"approve", "Record the approval of the PIN-less class (Act 38-2), or a change of it",
     "2 --plan-file plan.txt --equipment-file equipment.txt"},
    {"minor-change", "Record a minor change of the approved plan or equipment (Act 38-2-5)",
     "2 --equipment 'three readers at the counter'"},
    {"end-approval", "Record that the verifier ends the PIN-less checks on a day (Order 25-5)", "2"},
    {"cancel-approval", "End the approval of the PIN-less class at once (Act 38-2-6)", "2"},
    {"suspend", "Suspend at once (Act 18, 37)", "1"},
    {"resume", "End a suspension", "1"},
    {"confirm", "After a restore: the record is right, and the verifier may ask again", "1"},
    {"cancel", "End the registration", "1"}};

// One command for each step, with the options that it takes.
void add_step_commands(CommandLine& line, const Command& verifier,
                       const std::shared_ptr<VerifierOptions>& options) {
  for (const auto& [name, description, example] : kSteps) {
    const Command command =
        add_command(line, verifier, name, description, "jpki verifier " + std::string(name) + " " + example);
    command.add_option("ID", options->id, "The verifier").required();
    command.add_option("--date", options->date, "From which day on (default: today)");
    const std::string_view step_word(name);
    const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
      return std::ranges::find(words, step_word) != words.end();
    };
    if (is_one_of({"agree", "certify", "approve", "suspend"}))
      command.add_option("--until", options->until, "The last day");
    if (!is_one_of({"suspend", "resume", "confirm", "cancel"}))
      command.add_option("--class", options->classes, "Only for this class; may be repeated");
    if (is_one_of({"agree"})) {
      add_agreement_options(command, *options);
      add_withdrawal_options(command, *options);
    }
    if (is_one_of({"notify"}))
      command.add_option("--confirmers", options->confirmers,
                         "To whom a group verifier passes answers on (Ordinance 32)");
    if (is_one_of({"approve", "minor-change"})) add_approval_options(command, *options);
    on_run(line, command, [&common = line.common, options, step_name = std::string(name)] {
      return step(common, *options, step_name);
    });
  }
}

}  // namespace

void add_verifier_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command verifier =
      add_command(line, line.app, "verifier", "Relying parties and their standing", "jpki verifier list");
  verifier.require_subcommand(1);
  auto options = std::make_shared<VerifierOptions>();

  const Command add_one = add_command(
      line, verifier, "add", "Register a verifier; prints the id",
      "jpki verifier add 'Kiyose Bank' --class authentication --private --ready --network 192.0.2.0/24");
  add_one.add_option("NAME", options->name, "The organisation").required();
  add_one
      .add_option("--class", options->classes,
                  "signature, group-signature, authentication or specific-authentication; may be repeated")
      .required();
  add_one.add_flag("--private", options->is_private,
                   "A private body: needs a certification every year (group verifiers: none)");
  add_one.add_flag("--ready", options->ready, "All steps of its classes at once, for trials");
  add_agreement_options(add_one, *options);
  on_run(line, add_one, [&common, options] { return add(common, *options); });

  add_step_commands(line, verifier, options);

  const Command refuse = add_command(line, verifier, "refuse-signer",
                                     "Refuse a certificate of the verifier's own CA from now on",
                                     "jpki verifier refuse-signer 1 0x1234");
  refuse.add_option("ID", options->id, "The verifier").required();
  refuse.add_option("SERIAL", options->serial, "The certificate's serial number").required();
  on_run(line, refuse, [&common, options] { return refuse_signer(common, *options); });

  const Command show_one =
      add_command(line, verifier, "show", "A verifier and its standing", "jpki verifier show 1");
  show_one.add_option("ID", options->id, "The verifier").required();
  on_run(line, show_one, [&common, options] { return show(common, options->id); });
  const Command list_all = add_command(line, verifier, "list", "All verifiers", "jpki verifier list --json");
  on_run(line, list_all, [&common] { return list(common); });
  add_credential_commands(line, verifier);
}

}  // namespace cli
