// jpki cert issue|show|list|export.

#include <unistd.h>

#include <array>

#include "cli/command.h"
#include "cli/due_text.h"
#include "cli/explain.h"
#include "cli/field_words.h"
#include "cli/issue_all.h"
#include "cli/p12_password.h"
#include "law/reported_keys.h"
#include "pki/card_files.h"
#include "pki/certification_request.h"
#include "pki/messages/cli.h"
#include "pki/random.h"
#include "service/clock.h"

namespace cli {

namespace {

struct IssueOptions {
  std::string id, kind, csr_sign, csr_auth, application, key_pool, out, password_file;
  std::string name_substitute, address_substitute, reason;
  bool generate_keys = false, renew = false, all = false;
};

// The folder must take files before anything is issued: what is issued cannot be taken back.
void prepare_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || ::access(folder.c_str(), W_OK | X_OK) != 0)
    throw Failure(kUsage, {messages::out_folder_unwritable, folder});
}

std::string password_for(const IssueOptions& options) {
  return p12_password(options.password_file, options.out).text;
}

struct Planned {
  pki::CertificateKind kind;
  pki::Bytes csr;
  std::optional<pki::PrivateKey> key;
  // Of the mobile pair, DER.
  pki::Bytes application = {};
};

Planned with_own_key(pki::CertificateKind kind, pki::PrivateKey key) {
  pki::Bytes csr = pki::make_certification_request(key);
  return {kind, std::move(csr), std::move(key)};
}

// The keys of --key-pool, from anywhere in it on.
class PoolKeys final {
 public:
  explicit PoolKeys(const std::string& folder) {
    if (folder.empty()) return;
    keys_ = value_or_fail(pki::load_key_pool(folder));
    pki::Rng rng = pki::Rng::system();
    start_ = rng.below(keys_.size());
  }
  [[nodiscard]] bool has_another() const { return taken_ < keys_.size(); }
  pki::PrivateKey take() { return keys_[(start_ + taken_++) % keys_.size()]; }

 private:
  std::vector<pki::PrivateKey> keys_;
  std::uint64_t start_ = 0, taken_ = 0;
};

// The key is made in the phone and the application signed by the card: both come from outside.
Planned plan_mobile(const IssueOptions& options, pki::CertificateKind kind) {
  const bool sign = kind == pki::CertificateKind::mobile_sign;
  const std::string &csr = sign ? options.csr_sign : options.csr_auth,
                    &other = sign ? options.csr_auth : options.csr_sign;
  if (csr.empty() || !other.empty() || options.generate_keys || !options.key_pool.empty())
    throw Failure(kUsage,
                  {messages::mobile_needs_request, pki::to_string(kind), sign ? "--csr-sign" : "--csr-auth"});
  if (options.application.empty()) throw Failure(kUsage, messages::application_missing);
  return {kind, pki::to_bytes(pki::as_bytes(read_text_file(csr))), std::nullopt,
          pki::to_bytes(pki::as_bytes(read_text_file(options.application)))};
}

// What is to be issued, in order: the authentication certificate first, since the signing one must not
// outlive it.
std::vector<Planned> plan(const IssueOptions& options, PoolKeys& pool) {
  const bool own_keys = options.generate_keys || !options.key_pool.empty();
  const bool requests = !options.csr_sign.empty() || !options.csr_auth.empty();
  if (own_keys == requests || (options.generate_keys && !options.key_pool.empty()))
    throw Failure(kUsage, messages::keys_missing);
  std::optional<pki::CertificateKind> only;
  if (!options.kind.empty() && !(only = pki::parse_certificate_kind(options.kind)))
    throw Failure(kUsage, messages::kind_form);
  if (only && pki::is_mobile(*only)) return {plan_mobile(options, *only)};
  if (!options.application.empty()) throw Failure(kUsage, messages::application_for_mobile);
  pki::Rng rng = pki::Rng::system();
  std::vector<Planned> list;
  for (const auto kind : {pki::CertificateKind::auth, pki::CertificateKind::sign}) {
    const std::string& csr = kind == pki::CertificateKind::auth ? options.csr_auth : options.csr_sign;
    if ((only && *only != kind) || (requests && csr.empty())) continue;
    if (requests) {
      list.push_back({kind, pki::to_bytes(pki::as_bytes(read_text_file(csr))), std::nullopt});
    } else if (options.generate_keys) {
      list.push_back(with_own_key(kind, pki::PrivateKey::generate(pki::KeyAlgorithm::rsa_2048, rng)));
    } else {
      list.push_back(with_own_key(kind, pool.take()));
    }
  }
  if (list.empty()) throw Failure(kUsage, {messages::kind_without_request, options.kind});
  return list;
}

// Issues one and writes its files; the answer without the encodings, with the file's name.
json::object issue_one(AdminClient& client, const IssueOptions& options, Planned planned,
                       const std::string& password, PoolKeys& pool) {
  json::object body{{"resident", options.id},
                    {"kind", pki::to_string(planned.kind)},
                    {"csr", pki::to_base64(planned.csr)},
                    {"renew", options.renew}};
  if (!planned.application.empty()) body["application"] = pki::to_base64(planned.application);
  if (!options.name_substitute.empty()) body["name_substitute"] = options.name_substitute;
  if (!options.address_substitute.empty()) body["address_substitute"] = options.address_substitute;
  if (!options.reason.empty()) body["reason"] = options.reason;
  auto response = client.post("/v1/certificates", body);
  // Keys of a pool are used more than once, so one of them may have been reported.
  while (response.has_error() && response.error().article == law::kReportedKeyArticle && pool.has_another()) {
    planned = with_own_key(planned.kind, pool.take());
    body["csr"] = pki::to_base64(planned.csr);
    response = client.post("/v1/certificates", body);
  }
  json::object answer = value_or_fail(std::move(response));
  const auto der = pki::from_base64(text_field(answer, "der")),
             ca = pki::from_base64(text_field(answer, "ca"));
  if (!der || !ca) throw Failure(kInternal, messages::answer_without_certificate);
  const pki::CardFiles files = value_or_fail(pki::write_card(options.out, {.kind = planned.kind,
                                                                           .certificate = *der,
                                                                           .ca_certificate = *ca,
                                                                           .key = planned.key,
                                                                           .p12_password = password}));
  answer.erase("der");
  answer.erase("ca");
  answer["file"] = files.certificate.string();
  return answer;
}

void print_issued(const CommonOptions& common, const json::array& issued) {
  std::string words;
  for (const json::value& value : issued) {
    const json::object& one = value.as_object();
    words += common.say(messages::certificate_issued, text_field(one, "certificate"),
                        kind_text(text_field(one, "kind"), common.language), text_field(one, "not_after"),
                        text_field(one, "file")) +
             "\n";
  }
  print(common, json::object{{"issued", issued}}, words);
}

int issue(const CommonOptions& common, const IssueOptions& options) {
  if (!options.all && options.id.empty()) throw Failure(kUsage, messages::resident_or_all);
  if (!options.all && options.out.empty()) throw Failure(kUsage, messages::out_missing);
  if (options.all) {
    if (!options.out.empty()) prepare_folder(options.out);
    const std::string password = options.out.empty() ? std::string() : password_for(options);
    return issue_to_all(
        common,
        {.key_pool = options.key_pool, .out = options.out, .kind = options.kind, .p12_password = password});
  }
  PoolKeys pool(options.key_pool);
  const auto planned = plan(options, pool);
  AdminClient client = common.connect();
  // Not before it is known that there is something to put into it.
  prepare_folder(options.out);
  const std::string password = planned.front().key ? password_for(options) : std::string();
  json::array issued;
  try {
    for (const Planned& one : planned)
      issued.push_back(issue_one(client, options, one, password, pool));
  } catch (const Failure&) {
    // Of a pair, one may be refused: the other is in force all the same.
    if (!issued.empty()) print_issued(common, issued);
    throw;
  }
  print_issued(common, issued);
  return kDone;
}

std::string words_of(json::object certificate, Language language) {
  if (const json::value* const mobile = certificate.if_contains("mobile_certificates")) {
    std::string ids;
    for (const json::value& id : mobile->as_array())
      ids += (ids.empty() ? "" : " ") + std::string(id.as_string());
    certificate["mobile_certificate"] = ids;
  }
  return field_lines(certificate,
                     {"certificate", "card_certificate", "kind", "resident", "state", "reason", "revoked_at",
                      "not_before", "not_after", "distribution_point", "changed_at", "mobile_certificate"},
                     language);
}

json::object find(const CommonOptions& common, const std::string& ca, const std::string& serial) {
  AdminClient client = common.connect();
  return value_or_fail(client.get("/v1/certificates/" + ca + "/" + serial));
}

int show(const CommonOptions& common, const std::string& ca, const std::string& serial) {
  json::object certificate = find(common, ca, serial);
  AdminClient client = common.connect();
  const json::object history =
      value_or_fail(client.get("/v1/residents/" + text_field(certificate, "resident") + "/history"));
  std::string words = words_of(certificate, common.language);
  json::array explanation;
  for (std::string& sentence : explain_certificate(certificate, history.at("events").as_array(),
                                                   common.language, service::SystemClock().now())) {
    words += (explanation.empty() ? "\n" : "") + sentence + "\n";
    explanation.emplace_back(std::move(sentence));
  }
  certificate["explanation"] = std::move(explanation);
  print(common, certificate, words);
  return kDone;
}

int export_one(const CommonOptions& common, const std::string& ca, const std::string& serial,
               const std::string& out) {
  const auto der = pki::from_base64(text_field(find(common, ca, serial), "der"));
  if (!der) throw Failure(kInternal, messages::answer_without_certificate);
  // One for signing holds the four items.
  write_file(out, *der, FileSecrecy::owner_only);
  print(common, json::object{{"file", out}}, out);
  return kDone;
}

int list(const CommonOptions& common, const std::string& resident) {
  AdminClient client = common.connect();
  json::object answer = value_or_fail(client.get("/v1/certificates?resident=" + resident));
  std::string words;
  for (const json::value& value : answer.at("certificates").as_array())
    words += common.say(messages::certificate_line, text_field(value.as_object(), "certificate"),
                        value_text(text_field(value.as_object(), "kind"), common.language),
                        value_text(text_field(value.as_object(), "state"), common.language),
                        text_field(value.as_object(), "not_after")) +
             "\n";
  print(common, answer, words);
  return kDone;
}

}  // namespace

void add_certificate_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command cert = add_command(line, line.app, "cert", "Certificates", "jpki cert list 10000000006");
  cert.require_subcommand(1);

  auto options = std::make_shared<IssueOptions>();
  const Command issue_command =
      add_command(line, cert, "issue", "Issue to a resident: both certificates, or one kind",
                  "jpki cert issue 10000000006 --csr-sign sign.csr --csr-auth auth.csr --out card");
  issue_command.add_option("ID", options->id, "The resident");
  issue_command.add_option("--kind", options->kind,
                           "sign or auth (default: both); mobile-sign or mobile-auth");
  issue_command.add_option("--csr-sign", options->csr_sign, "PKCS#10 request for the signing certificate");
  issue_command.add_option("--csr-auth", options->csr_auth,
                           "PKCS#10 request for the authentication certificate");
  issue_command.add_option(
      "--application", options->application,
      "For the mobile pair: the request as CMS SignedData by the card's signing key, DER");
  issue_command.add_flag("--generate-keys", options->generate_keys, "Make the keys of a simulated card");
  issue_command.add_option("--key-pool", options->key_pool, "Folder of ready-made test keys, pool-*.pem");
  issue_command.add_flag("--renew", options->renew, "Supersede the certificate in force");
  issue_command.add_flag("--all", options->all, "To everyone who may have one; counts refusals by reason");
  issue_command.add_option("--out", options->out, "Folder for certificates, keys and PKCS#12 files");
  issue_command.add_option("--p12-password-file", options->password_file,
                           "First line: the password (default: OUT/p12-password.txt, made when missing)");
  issue_command.add_option("--name-substitute", options->name_substitute,
                           "Characters for those of the name outside the repertoire");
  issue_command.add_option("--reason", options->reason,
                           "Why another municipality issues (Ordinance 11-2): company-batch, evacuation, "
                           "domestic-violence, stalking, child-abuse or equivalent");
  issue_command.add_option("--address-substitute", options->address_substitute, "The same for the address");
  on_run(line, issue_command, [&common, options] { return issue(common, *options); });

  auto ca = std::make_shared<std::string>(), serial = std::make_shared<std::string>(),
       out = std::make_shared<std::string>();
  const Command show_command =
      add_command(line, cert, "show", "A certificate and its state", "jpki cert show sign 100000001");
  const Command export_command = add_command(line, cert, "export", "A certificate as DER",
                                             "jpki cert export sign 100000001 --out sign.cer");
  for (const Command& command : {show_command, export_command}) {
    command.add_option("CA", *ca, "sign, auth, or a generation: sign-1").required();
    command.add_option("SERIAL", *serial, "Decimal, or hexadecimal after 0x").required();
  }
  export_command.add_option("--out", *out, "The file").required();
  on_run(line, show_command, [&common, ca, serial] { return show(common, *ca, *serial); });
  on_run(line, export_command, [&common, ca, serial, out] { return export_one(common, *ca, *serial, *out); });

  auto resident = std::make_shared<std::string>();
  const Command list_command = add_command(line, cert, "list", "Every certificate that a resident ever had",
                                           "jpki cert list 10000000006");
  list_command.add_option("ID", *resident, "The resident").required();
  on_run(line, list_command, [&common, resident] { return list(common, *resident); });
  add_adopt_command(line, cert);
}

}  // namespace cli
