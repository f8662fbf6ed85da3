// jpki verifier credential issue|revoke|erased|list.

#include <unistd.h>

#include "cli/command.h"
#include "cli/field_words.h"
#include "cli/p12_password.h"
#include "pki/certification_request.h"
#include "pki/messages/cli.h"
#include "pki/pkcs12.h"
#include "pki/random.h"

namespace cli {

namespace {

struct CredentialOptions {
  std::string id, serial, use, terminal, purpose, out, password_file, date, key = "p-256";
};

std::string path_of(const std::string& verifier) {
  return "/v1/verifiers/" + verifier + "/credentials";
}

std::string words_of(const CommonOptions& common, const json::object& credential) {
  std::string words = common.say(
      messages::credential_line, text_field(credential, "serial"), text_field(credential, "for"),
      value_text(text_field(credential, "state"), common.language), text_field(credential, "not_after"));
  if (const std::string terminal = text_field(credential, "terminal"); !terminal.empty())
    words += common.say(messages::credential_terminal, terminal);
  if (const std::string revoked = text_field(credential, "revoked_at"); !revoked.empty())
    words += common.say(messages::credential_revoked, revoked);
  if (const std::string erased = text_field(credential, "erased"); !erased.empty())
    words += common.say(messages::credential_erased, erased);
  return words + ": " + value_text(text_field(credential, "purpose"), common.language) + "\n";
}

// The folder must take the file before anything is issued: what is issued cannot be taken back.
std::filesystem::path prepare_file(const std::string& out) {
  std::filesystem::path file = std::filesystem::absolute(out);
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error || ::access(file.parent_path().c_str(), W_OK | X_OK) != 0 || std::filesystem::is_directory(file))
    throw Failure(kUsage, {messages::out_unwritable, out});
  return file;
}

int issue(const CommonOptions& common, const CredentialOptions& options) {
  const std::filesystem::path file = prepare_file(options.out);
  const auto algorithm = pki::parse_key_algorithm(options.key);
  if (!algorithm) throw Failure(kUsage, messages::key_form);
  AdminClient client = common.connect();
  const P12Password password = p12_password(options.password_file, file.parent_path());
  // The key is made here, where it will be used; the authority sees the request alone.
  pki::Rng rng = pki::Rng::system();
  const pki::PrivateKey key = pki::PrivateKey::generate(*algorithm, rng);
  json::object body{{"for", options.use}, {"csr", pki::to_base64(pki::make_certification_request(key))}};
  if (!options.terminal.empty()) body["terminal"] = options.terminal;
  if (!options.purpose.empty()) body["purpose"] = options.purpose;
  json::object answer = value_or_fail(client.post(path_of(options.id), body));
  const auto der = pki::from_base64(text_field(answer, "der")),
             ca = pki::from_base64(text_field(answer, "ca"));
  if (!der || !ca) throw Failure(kInternal, messages::answer_without_certificate);
  const std::string name = "JPKI-SIM credential " + text_field(answer, "serial");
  const pki::Bytes p12 =
      pki::make_pkcs12(key, {.friendly_name = name, .certificate = *der, .chain = {*ca}}, password.text);
  write_file(file, p12, FileSecrecy::owner_only);
  answer.erase("der");
  answer.erase("ca");
  answer["file"] = file.string();
  answer["p12_password_file"] = password.file.string();
  std::string words = words_of(common, answer) +
                      common.say(messages::file_with_password, file.string(), password.file.string()) + "\n";
  if (const std::string note = text_field(answer, "note"); !note.empty())
    words += common.say(messages::note, note) + "\n";
  print(common, answer, words);
  return kDone;
}

int change(const CommonOptions& common, const CredentialOptions& options, const std::string& what) {
  AdminClient client = common.connect();
  json::object body;
  if (!options.date.empty()) body["date"] = options.date;
  const json::object credential =
      value_or_fail(client.post(path_of(options.id) + "/" + options.serial + "/" + what, body));
  print(common, credential, words_of(common, credential));
  return kDone;
}

int list(const CommonOptions& common, const std::string& id) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get(path_of(id)));
  std::string words;
  for (const json::value& credential : answer.at("credentials").as_array())
    words += words_of(common, credential.as_object());
  print(common, answer, words);
  return kDone;
}

}  // namespace

void add_credential_commands(CommandLine& line, const Command& verifier) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<CredentialOptions>();
  const Command credential =
      add_command(line, verifier, "credential", "Certificates by which a verifier is recognised",
                  "jpki verifier credential list 1");
  credential.require_subcommand(1);

  const Command issue_one =
      add_command(line, credential, "issue", "Make a key and issue a credential for it, as PKCS#12",
                  "jpki verifier credential issue 1 --for tls --out tls.p12");
  issue_one.add_option("ID", options->id, "The verifier").required();
  issue_one.add_option("--for", options->use, "tls, signature or pinless")
      .required()
      .check_one_of({"tls", "signature", "pinless"});
  issue_one.add_option("--terminal", options->terminal, "The terminal that will hold it");
  issue_one.add_option("--purpose", options->purpose, "What it may be used for, in words");
  issue_one.add_option("--key", options->key, "p-256 (default), p-384 or rsa-2048");
  issue_one.add_option("--out", options->out, "The PKCS#12 file").required();
  issue_one.add_option("--p12-password-file", options->password_file,
                       "Its first line is the password; default: p12-password.txt beside the file, made "
                       "when it is missing");
  on_run(line, issue_one, [&common, options] { return issue(common, *options); });

  const Command revoke = add_command(line, credential, "revoke", "Revoke one credential, at once",
                                     "jpki verifier credential revoke 1 7");
  const Command erased = add_command(line, credential, "erased",
                                     "Record that the verifier erased a revoked credential (Order 25-6)",
                                     "jpki verifier credential erased 1 7");
  for (const Command& command : {revoke, erased}) {
    command.add_option("ID", options->id, "The verifier").required();
    command.add_option("SERIAL", options->serial, "The credential's serial number").required();
  }
  erased.add_option("--date", options->date, "When it was erased (default: today)");
  on_run(line, revoke, [&common, options] { return change(common, *options, "revoke"); });
  on_run(line, erased, [&common, options] { return change(common, *options, "erasure"); });

  const Command list_all = add_command(line, credential, "list", "The credentials of a verifier",
                                       "jpki verifier credential list 1 --json");
  list_all.add_option("ID", options->id, "The verifier").required();
  on_run(line, list_all, [&common, options] { return list(common, options->id); });
}

}  // namespace cli
