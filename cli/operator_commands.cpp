// jpki operator …, jpki roles: who may administer.

#include <algorithm>

#include "cli/command.h"
#include "cli/display_width.h"
#include "cli/field_words.h"
#include "cli/p12_password.h"
#include "cli/second_person.h"
#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "pki/messages/cli.h"
#include "pki/pkcs12.h"
#include "pki/random.h"

namespace cli {

namespace {

struct OperatorOptions {
  std::string name, out, csr, key_file, password_file, serial, key = "p-256";
  std::vector<std::string> roles;
};

// RFC 3986 section 2.1, every byte that is not unreserved.
std::string path_of(const std::string& name) {
  std::string path = "/v1/operators/";
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '_' || c == '.';
    const auto byte = static_cast<std::uint8_t>(c);
    path += is_plain ? std::string(1, c) : "%" + pki::to_hex(pki::ByteView(&byte, 1));
  }
  return path;
}

std::string words_of(const CommonOptions& common, const json::object& entry) {
  std::string words =
      text_field(entry, "name") + "  " + value_text(text_field(entry, "state"), common.language);
  const char* separator = ": ";
  for (const json::value& role : entry.at("roles").as_array()) {
    words += separator + std::string(role.as_string());
    separator = ", ";
  }
  words += "\n";
  for (const json::value& value : entry.at("credentials").as_array()) {
    const json::object& credential = value.as_object();
    words += "  " + common.say(messages::operator_credential, text_field(credential, "serial"),
                               value_text(text_field(credential, "state"), common.language),
                               text_field(credential, "not_after"));
    if (const std::string revoked = text_field(credential, "revoked_at"); !revoked.empty())
      words += common.say(messages::credential_revoked, revoked);
    words += "\n";
  }
  return words;
}

// Where the operator's key is made: here (--out), or elsewhere, from where its request comes (--csr).
struct Request {
  std::optional<pki::PrivateKey> key;
  std::string csr;  // base64; empty for an operator that is known by its user alone
};

Request make_request(const OperatorOptions& options) {
  if (!options.csr.empty() && !options.out.empty()) throw Failure(kUsage, messages::out_or_csr);
  if (!options.csr.empty()) return {{}, pki::to_base64(pki::as_bytes(read_text_file(options.csr)))};
  if (options.out.empty()) return {};
  static_cast<void>(prepare_new_file(options.out));
  const auto algorithm = pki::parse_key_algorithm(options.key);
  if (!algorithm) throw Failure(kUsage, messages::key_form);
  pki::Rng rng = pki::Rng::system();
  Request request{pki::PrivateKey::generate(*algorithm, rng), {}};
  request.csr = pki::to_base64(pki::make_certification_request(*request.key));
  return request;
}

pki::Bytes der_of(const json::object& answer, std::string_view field) {
  auto der = pki::from_base64(text_field(answer, field));
  if (!der) throw Failure(kInternal, messages::answer_without_certificate);
  return std::move(*der);
}

// PKCS#12 for a key of ours; without one the certificate, and that of its CA, as PEM on the output.
std::string save_credential(const CommonOptions& common, json::object& answer, const OperatorOptions& options,
                            const std::optional<pki::PrivateKey>& key) {
  const pki::Bytes certificate = der_of(answer, "der"), ca = der_of(answer, "ca");
  answer.erase("der");
  answer.erase("ca");
  if (!key) {
    const std::string pem = pki::encode_pem("CERTIFICATE", certificate) + pki::encode_pem("CERTIFICATE", ca);
    answer["pem"] = pem;
    return pem;
  }
  const std::filesystem::path file = prepare_new_file(options.out);
  // Operators confirm what others request: a password that two of them have would make one person of both.
  const P12Password password =
      options.password_file.empty() ? own_p12_password(file) : p12_password(options.password_file, {});
  const pki::Bytes p12 = pki::make_pkcs12(
      *key, {.friendly_name = "JPKI-SIM operator " + options.name, .certificate = certificate, .chain = {ca}},
      password.text);
  write_file(file, p12, FileSecrecy::owner_only);
  answer["file"] = file.string();
  answer["p12_password_file"] = password.file.string();
  return common.say(messages::file_with_password, file.string(), password.file.string()) + "\n";
}

// Posts what asks for a credential, and saves it; the key of one that waits for a second person is kept.
int ask_for_credential(const CommonOptions& common, const OperatorOptions& options, const std::string& path,
                       json::object body) {
  const Request request = make_request(options);
  if (!request.csr.empty()) body["csr"] = request.csr;
  AdminClient client = common.connect();
  try {
    json::object answer = value_or_fail(client.post(path, body));
    std::string words = words_of(common, answer);
    if (!request.csr.empty()) words += save_credential(common, answer, options, request.key);
    print(common, answer, words);
  } catch (const SecondPersonNeeded& needed) {
    if (!request.key) throw;
    json::object answer = needed.answer();
    const std::string file = std::filesystem::absolute(options.out).string() + ".key";
    write_file(file, pki::as_bytes(request.key->to_pem()), FileSecrecy::owner_only);
    answer["key_file"] = file;
    print(common, answer,
          needed.words(common.language) + "  " +
              common.say(messages::key_kept, file, options.name, options.out) + "\n");
  }
  return kDone;
}

int add(const CommonOptions& common, const OperatorOptions& options) {
  json::array roles;
  for (const std::string& role : options.roles)
    roles.push_back(json::value(role));
  return ask_for_credential(common, options, "/v1/operators",
                            {{"name", options.name}, {"roles", std::move(roles)}});
}

int issue(const CommonOptions& common, const OperatorOptions& options) {
  if (options.out.empty() && options.csr.empty()) throw Failure(kUsage, messages::out_or_csr_missing);
  return ask_for_credential(common, options, path_of(options.name) + "/credentials", {});
}

// The credential that a second person has confirmed, for the key that was kept.
int fetch(const CommonOptions& common, const OperatorOptions& options) {
  const auto key = value_or_fail(pki::PrivateKey::from_pem(read_text_file(options.key_file)));
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get(path_of(options.name) + "/credentials"));
  for (const json::value& value : answer.at("credentials").as_array()) {
    json::object credential = value.as_object();
    const auto certificate = pki::Certificate::decode(der_of(credential, "der"));
    if (!certificate || !pki::equal(certificate->subject_public_key_info(), key.public_key())) continue;
    credential["ca"] = text_field(answer, "ca");
    const std::string words = save_credential(common, credential, options, key);
    // The key that was kept until now; one that was made elsewhere is its owner's.
    if (const std::filesystem::path kept = std::filesystem::absolute(options.out).string() + ".key";
        std::filesystem::absolute(options.key_file) == kept)
      std::filesystem::remove(kept);
    print(common, credential, words);
    return kDone;
  }
  throw Failure(pki::fail(pki::Errc::not_found, {messages::no_credential_for_key, options.name}));
}

int change(const CommonOptions& common, const std::string& path) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.post(path, {}));
  print(common, answer, words_of(common, answer));
  return kDone;
}

int show(const CommonOptions& common, const std::string& name) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get(path_of(name)));
  print(common, answer, words_of(common, answer));
  return kDone;
}

int list(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/operators"));
  std::string words;
  for (const json::value& entry : answer.at("operators").as_array())
    words += words_of(common, entry.as_object());
  print(common, answer, words.empty() ? common.say(messages::no_operators) : words);
  return kDone;
}

int roles(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/roles"));
  const json::array& actions = answer.at("actions").as_array();
  std::string words = padded_right(field_text("action", common.language), 22);
  for (const auto& [role, reach] : actions.front().at("roles").as_object())
    words += padded_right(role, role.size() + 2);
  words += common.say(messages::second_person) + "\n";
  for (const json::value& value : actions) {
    const json::object& row = value.as_object();
    words += padded_right(text_field(row, "action"), 22);
    for (const auto& [role, reach] : row.at("roles").as_object())
      words +=
          padded_right(value_text(std::string_view(reach.as_string()), common.language), role.size() + 2);
    const std::string second = text_field(row, "second_person");
    words += (second == "no" ? "" : value_text(second, common.language)) + "\n";
  }
  words += common.say(messages::you_are, text_field(answer, "operator"));
  if (answer.at("on_trial").as_bool()) words += common.say(messages::on_trial);
  const char* separator = "";
  for (const json::value& own : answer.at("own").as_array()) {
    words += separator + std::string(own.as_string());
    separator = ", ";
  }
  print(common, answer, words + "\n");
  return kDone;
}

using Options = std::shared_ptr<OperatorOptions>;

void add_key_options(const Command& command, const Options& options) {
  command.add_option("--out", options->out, "Make a key here, and write it with its certificate as PKCS#12");
  command.add_option("--csr", options->csr, "A PKCS#10 request for a key that was made elsewhere");
  command.add_option("--key", options->key, "p-256 (default), p-384 or rsa-2048");
  command.add_option("--p12-password-file", options->password_file,
                     "Its first line is the password; default: OUT.password, made for this file alone");
}

void add_credential_part(CommandLine& line, const Command& parent, const Options& options) {
  const CommonOptions& common = line.common;
  const Command credential = add_command(line, parent, "credential", "The certificates of an operator",
                                         "jpki operator credential issue kiyose --out kiyose-2.p12");
  credential.require_subcommand(1);
  const Command issue_one =
      add_command(line, credential, "issue", "Issue one more, to renew: two may be in force at once",
                  "jpki operator credential issue kiyose --out kiyose-2.p12");
  add_key_options(issue_one, options);
  const Command fetch_one =
      add_command(line, credential, "fetch", "Write one that a second person has confirmed as PKCS#12",
                  "jpki operator credential fetch akiko --key-file akiko.p12.key --out akiko.p12");
  fetch_one.add_option("--key-file", options->key_file, "The key that was kept").required();
  fetch_one.add_option("--out", options->out, "The PKCS#12 file").required();
  fetch_one.add_option("--p12-password-file", options->password_file,
                       "Its first line is the password; default: OUT.password, made for this file alone");
  const Command revoke = add_command(line, credential, "revoke", "Revoke one, at once",
                                     "jpki operator credential revoke kiyose 7");
  for (const Command& command : {issue_one, fetch_one, revoke})
    command.add_option("NAME", options->name, "The operator").required();
  revoke.add_option("SERIAL", options->serial, "The credential's serial number").required();
  on_run(line, issue_one, [&common, options] { return issue(common, *options); });
  on_run(line, fetch_one, [&common, options] { return fetch(common, *options); });
  on_run(line, revoke, [&common, options] {
    return change(common, path_of(options->name) + "/credentials/" + options->serial + "/revoke");
  });
}

}  // namespace

void add_operator_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<OperatorOptions>();
  const Command operators =
      add_command(line, line.app, "operator", "People and systems that may administer", "jpki operator list");
  operators.require_subcommand(1);
  const Command add_one = add_command(line, operators, "add", "Add one, with its roles and a credential",
                                      "jpki operator add kiyose --role municipality:132217 --out kiyose.p12");
  add_one.add_option("NAME", options->name, "The name, as the audit log will show it").required();
  add_one
      .add_option("--role", options->roles,
                  "municipality:CODE, call-centre, officer, supervisor, auditor or register-reader; "
                  "repeatable")
      .required();
  add_key_options(add_one, options);
  on_run(line, add_one, [&common, options] { return add(common, *options); });

  const Command list_all = add_command(line, operators, "list", "Every operator", "jpki operator list");
  on_run(line, list_all, [&common] { return list(common); });
  const Command show_one =
      add_command(line, operators, "show", "One, with its credentials", "jpki operator show kiyose --json");
  show_one.add_option("NAME", options->name, "The operator").required();
  on_run(line, show_one, [&common, options] { return show(common, options->name); });
  for (const auto& [name, what] :
       {std::pair{"disable", "From now on it may do nothing, whatever credentials it has"},
        std::pair{"enable", "The end of that"}}) {
    const Command command =
        add_command(line, operators, name, what, "jpki operator " + std::string(name) + " kiyose");
    command.add_option("NAME", options->name, "The operator").required();
    on_run(line, command, [&common, options, step = std::string(name)] {
      return change(common, path_of(options->name) + "/" + step);
    });
  }
  add_credential_part(line, operators, options);
  add_recover_command(line, operators);

  const Command roles_command =
      add_command(line, line.app, "roles", "Which role may do what, and which roles are yours", "jpki roles");
  on_run(line, roles_command, [&common] { return roles(common); });
}

}  // namespace cli
