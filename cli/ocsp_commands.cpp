// jpki ocsp query: asks any responder as a client would and explains the answer.

#include <algorithm>

#include "cli/command.h"
#include "cli/key_files.h"
#include "cli/ocsp_answer.h"
#include "http/client.h"
#include "http/tls.h"
#include "ocsp/query.h"
#include "pki/certification_path.h"
#include "pki/messages/cli.h"
#include "pki/random.h"
#include "pki/serial_number.h"
#include "service/clock.h"

namespace cli {

namespace {

struct QueryOptions {
  std::vector<std::string> certificates;
  std::string serial, ca, issuer, hash = "sha256", nonce, signer, signer_key, signer_password_file, tls_ca,
                                  tls_client, tls_password_file;
  bool by_get = false;
};

// What CLI11 stores for a bare --nonce.
constexpr const char* kRandomNonce = "true";
constexpr std::size_t kRandomNonceBytes = 32;
// RFC 5280 section 4.1.2.2.
constexpr std::size_t kMaxSerialBytes = 20;
// So many generations of a CA are looked through for the one that issued a certificate.
constexpr unsigned kGenerationsMax = 64;
constexpr unsigned kHttpOk = 200;

pki::HashAlgorithm parse_hash(const std::string& text) {
  if (text == "sha1") return pki::HashAlgorithm::sha1;
  if (text == "sha256") return pki::HashAlgorithm::sha256;
  if (text == "sha384") return pki::HashAlgorithm::sha384;
  if (text == "sha512") return pki::HashAlgorithm::sha512;
  throw Failure(kUsage, messages::hash_form);
}

// Which responder: --url, the certificate's own AIA, or the service of the default address.
std::string responder_of(const CommonOptions& common, const QueryOptions& options,
                         const std::vector<pki::Certificate>& certificates) {
  if (!common.url.empty()) return common.url;
  if (!certificates.empty()) {
    const pki::Extension* access = certificates.front().find_extension(pki::oids::kAuthorityInfoAccess);
    if (access != nullptr)
      if (const auto uri = value_or_fail(pki::ocsp_uri(access->value))) return *uri;
    throw Failure(kUsage, messages::no_responder_named);
  }
  return "http://127.0.0.1:8080/ocsp/" + options.ca;
}

// The paths to try at the responder, in order. A URL without a path means "/" (RFC 3986 section 6.2.3), and
// that is where a request goes (RFC 6960 appendix A.1); a host that has nothing there is asked where the
// certificate says, or where this service answers.
std::vector<std::string> targets_of(const std::string& responder, const QueryOptions& options,
                                    const std::vector<pki::Certificate>& certificates) {
  const http::Url url = value_or_fail(http::parse_url(responder));
  std::vector<std::string> targets = {url.target};
  if (url.target != "/") return targets;
  if (!certificates.empty()) {
    const pki::Extension* access = certificates.front().find_extension(pki::oids::kAuthorityInfoAccess);
    const auto uri = access != nullptr ? value_or_fail(pki::ocsp_uri(access->value)) : std::nullopt;
    if (uri)
      if (const auto named = http::parse_url(*uri); named && named->target != "/")
        targets.push_back(named->target);
  } else if (options.ca == "sign" || options.ca == "auth") {
    targets.push_back("/ocsp/" + options.ca);
  }
  return targets;
}

// A connection to the responder; https trusts --tls-ca and shows --tls-client.
http::Client connect(const QueryOptions& options, const http::Url& url, const pki::Clock& clock) {
  std::shared_ptr<const http::TlsClient> tls;
  if (!options.tls_ca.empty()) {
    http::TlsClientOptions trust{.authorities = read_certificates(options.tls_ca), .identity = {}};
    if (!options.tls_client.empty()) {
      KeyFiles files = read_key_files(options.tls_client, {}, options.tls_password_file);
      http::TlsIdentity identity{.certificates = {std::move(files.certificate)}, .key = std::move(files.key)};
      trust.identity = std::move(identity);
    }
    tls = value_or_fail(http::TlsClient::create(std::move(trust), clock));
  } else if (url.scheme == "https") {
    throw Failure(kUsage, messages::https_needs_tls_ca);
  }
  return value_or_fail(http::Client::connect(value_or_fail(http::remote_server_of(url, std::move(tls)))));
}

// Where a request goes: the responder as it was named, and the paths to try there.
struct ResponderAddress {
  std::string responder;
  std::vector<std::string> targets;
};

// The first certificate of a file.
pki::Certificate certificate_in(const std::string& file) {
  auto certificate = pki::Certificate::decode(read_certificates(file).front());
  if (certificate) return std::move(*certificate);
  pki::Error error = certificate.error();
  error.message = {messages::certificate_unusable, file, error.message};
  throw Failure(error);
}

// All generations of a CA have one name, so the key decides.
// The CA names to look through. A number is another certificate's at another CA, so --ca goes before what the
// path suggests; a certificate proves its CA itself, so the other one is tried, too.
std::vector<std::string> ca_names(const QueryOptions& options, const ResponderAddress& place,
                                  const std::vector<pki::Certificate>& certificates) {
  const bool is_auth = place.targets.back().find("/auth") != std::string::npos;
  if (!certificates.empty())
    return is_auth ? std::vector<std::string>{"auth", "sign"} : std::vector<std::string>{"sign", "auth"};
  if (!options.ca.empty()) return {options.ca};
  return {is_auth ? "auth" : "sign"};
}

// /ca/FILE.cer beside the responder; nothing when there is no such certificate.
std::optional<pki::Certificate> published_issuer(const QueryOptions& options, const ResponderAddress& place,
                                                 const pki::Clock& clock, const std::string& file) {
  http::Client client = connect(options, value_or_fail(http::parse_url(place.responder)), clock);
  const auto response = value_or_fail(client.send({.target = "/ca/" + file + ".cer"}));
  if (response.status != kHttpOk) return std::nullopt;
  auto issuer = pki::Certificate::decode(response.body);
  if (!issuer) throw Failure(kNotVerified, {messages::published_ca_broken, file});
  return std::move(*issuer);
}

// The issuer's certificate: --issuer, or /ca/… beside the responder (as our service publishes it), the
// current generation or the one that issued the certificate asked about.
pki::Certificate issuer_of(const QueryOptions& options, const ResponderAddress& place,
                           const pki::Clock& clock, const std::vector<pki::Certificate>& certificates) {
  if (!options.issuer.empty()) return certificate_in(options.issuer);
  bool is_any_published = false;
  for (const std::string& ca : ca_names(options, place, certificates)) {
    for (unsigned generation = 0; generation <= kGenerationsMax; ++generation) {
      const std::string file = generation == 0 ? ca : ca + "-" + std::to_string(generation);
      auto issuer = published_issuer(options, place, clock, file);
      if (!issuer) break;
      is_any_published = true;
      if (certificates.empty() || pki::is_issued_by(certificates.front(), *issuer)) return std::move(*issuer);
    }
  }
  if (!is_any_published) throw Failure(kUsage, messages::no_published_ca);
  throw Failure(kNotVerified, messages::published_ca_misfit);
}

int to_exit_code(ocsp::QueryVerdict outcome) {
  switch (outcome) {
    case ocsp::QueryVerdict::good:
      return kDone;
    case ocsp::QueryVerdict::revoked:
      return kRevoked;
    case ocsp::QueryVerdict::unknown:
      return kUnknown;
    case ocsp::QueryVerdict::error_status:
      return kOcspError;
    case ocsp::QueryVerdict::not_verified:
      return kNotVerified;
  }
  return kInternal;
}

const char* outcome_text(ocsp::QueryVerdict outcome) {
  switch (outcome) {
    case ocsp::QueryVerdict::good:
      return "good";
    case ocsp::QueryVerdict::revoked:
      return "revoked";
    case ocsp::QueryVerdict::unknown:
      return "unknown";
    case ocsp::QueryVerdict::error_status:
      return "error";
    case ocsp::QueryVerdict::not_verified:
      return "not-verified";
  }
  return "";
}

// The content bytes of --serial: ours, or any other CA's in hexadecimal.
pki::Bytes serial_content(const std::string& text) {
  if (const auto ours = pki::parse_serial(text)) return pki::der::integer_content(ours->value);
  auto bytes = text.starts_with("0x") ? pki::from_hex(text.substr(2)) : std::nullopt;
  if (bytes) bytes->erase(bytes->begin(), std::ranges::find_if(*bytes, [](auto byte) { return byte != 0; }));
  if (!bytes || bytes->empty() || bytes->size() > kMaxSerialBytes)
    throw Failure(kUsage, messages::serial_form);
  if ((bytes->front() & 0x80U) != 0) bytes->insert(bytes->begin(), 0);
  return *bytes;
}

std::optional<pki::Bytes> nonce_of(const QueryOptions& options) {
  if (options.nonce.empty()) return std::nullopt;
  if (options.nonce == kRandomNonce) return pki::Rng::system().bytes(kRandomNonceBytes);
  auto given = pki::from_hex(options.nonce);
  if (!given) throw Failure(kUsage, messages::nonce_form);
  return given;
}

pki::Bytes make_request(const QueryOptions& options, const std::vector<pki::Bytes>& ids) {
  const auto nonce = nonce_of(options);
  const auto nonce_view = nonce ? std::optional<pki::ByteView>(*nonce) : std::nullopt;
  if (options.signer.empty()) return value_or_fail(ocsp::make_request(ids, nonce_view));
  const KeyFiles files = read_key_files(options.signer, options.signer_key, options.signer_password_file);
  const auto signer = pki::make_openssl_signer(files.key);
  return value_or_fail(ocsp::make_signed_request(
      ids, nonce_view, {.signer = *signer, .certificate = files.certificate, .others = files.others}));
}

// The CertIDs of everything asked about. One made from another CA would ask about another certificate with
// the same number.
std::vector<pki::Bytes> cert_ids_of(const QueryOptions& options, const pki::Certificate& issuer,
                                    const std::vector<pki::Certificate>& certificates) {
  const pki::HashAlgorithm hash = parse_hash(options.hash);
  if (certificates.empty())
    return {value_or_fail(ocsp::make_cert_id(issuer, serial_content(options.serial), hash))};
  std::vector<pki::Bytes> ids;
  for (const pki::Certificate& certificate : certificates) {
    if (!pki::is_issued_by(certificate, issuer)) throw Failure(kNotVerified, messages::issuer_misfit);
    ids.push_back(value_or_fail(ocsp::make_cert_id(issuer, certificate.serial_content(), hash)));
  }
  return ids;
}

// The answer of the first path that there is at the responder.
pki::Bytes ask(const ResponderAddress& place, const QueryOptions& options, const pki::Bytes& request,
               const pki::Clock& clock) {
  const http::Url url = value_or_fail(http::parse_url(place.responder));
  unsigned status = 0;
  for (const std::string& target : place.targets) {
    http::Client client = connect(options, url, clock);
    http::ClientRequest sent{.method = "POST",
                             .target = target,
                             .content_type = "application/ocsp-request",
                             .headers = {},
                             .body = request};
    if (options.by_get) sent = {.method = "GET", .target = ocsp::get_target(target, request)};
    auto response = value_or_fail(client.send(sent));
    if (response.status == kHttpOk) return std::move(response.body);
    status = response.status;
    constexpr unsigned kNotFound = 404, kMethodNotAllowed = 405;
    if (status != kNotFound && status != kMethodNotAllowed) break;
  }
  throw Failure(kOcspError, {messages::responder_http, std::to_string(status)});
}

void check(const CommonOptions& common, const QueryOptions& options) {
  if (options.certificates.empty() == options.serial.empty()) throw Failure(kUsage, messages::cert_or_serial);
  const bool any_responder = !common.url.empty() && !options.issuer.empty();
  if (!options.serial.empty() && !any_responder && options.ca != "sign" && options.ca != "auth")
    throw Failure(kUsage, messages::serial_needs_ca);
  if (!options.serial.empty()) static_cast<void>(serial_content(options.serial));
  if (options.signer.empty() && !(options.signer_key.empty() && options.signer_password_file.empty()))
    throw Failure(kUsage, messages::signer_options);
  if (options.tls_ca.empty() && !options.tls_client.empty())
    throw Failure(kUsage, messages::tls_client_option);
}

int query(const CommonOptions& common, const QueryOptions& options) {
  check(common, options);
  const service::SystemClock clock;
  std::vector<pki::Certificate> certificates;
  certificates.reserve(options.certificates.size());
  for (const std::string& file : options.certificates)
    certificates.push_back(certificate_in(file));
  const std::string responder = responder_of(common, options, certificates);
  const ResponderAddress place{responder, targets_of(responder, options, certificates)};
  const pki::Certificate issuer = issuer_of(options, place, clock, certificates);
  const pki::Bytes request = make_request(options, cert_ids_of(options, issuer, certificates));
  const pki::Bytes answer = ask(place, options, request, clock);
  const ocsp::Explanation explanation = ocsp::explain(request, answer, issuer, clock.now());
  json::array lines;
  std::string words;
  for (const pki::Message& line : explanation.lines) {
    const std::string one = line.in(common.language);
    lines.push_back(json::value(one));
    words += one + "\n";
  }
  json::object result{{"outcome", outcome_text(explanation.outcome)}, {"responder", responder}};
  add_answer(result, answer, explanation.outcome);
  result["explanation"] = std::move(lines);
  print(common, result, words);
  return to_exit_code(explanation.outcome);
}

}  // namespace

void add_ocsp_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command ocsp =
      add_command(line, line.app, "ocsp", "OCSP as a client", "jpki ocsp query --cert sign.cer");
  ocsp.require_subcommand(1);
  auto options = std::make_shared<QueryOptions>();
  const Command query_command = add_command(line, ocsp, "query", "Ask a responder and explain the answer",
                                            "jpki ocsp query --cert sign.cer --nonce");
  query_command.add_option("--cert", options->certificates,
                           "The certificate, DER or PEM; may be repeated for certificates of one CA");
  query_command.add_option("--serial", options->serial, "Or its serial number, decimal or 0x hexadecimal");
  query_command.add_option("--ca", options->ca, "The CA of the serial: sign or auth");
  query_command.add_option("--issuer", options->issuer,
                           "The CA's certificate (default: /ca/… of the responder's host)");
  query_command.add_option("--hash", options->hash, "Hash of the CertID: sha1, sha256, sha384, sha512")
      .capture_default_str();
  query_command.add_flag("--nonce", options->nonce,
                         "Send a nonce of 32 random bytes, or --nonce=HEX, and insist on it");
  query_command.add_option("--signer", options->signer,
                           "Sign the request: PKCS#12, or PEM with a certificate and its key");
  query_command.add_option("--signer-key", options->signer_key,
                           "The key, PEM, if it lies in a file of its own");
  query_command.add_option("--signer-password-file", options->signer_password_file,
                           "File with the password of the PKCS#12");
  query_command.add_option("--tls-ca", options->tls_ca,
                           "For https: the CA of the responder's server, DER or PEM");
  query_command.add_option("--tls-client", options->tls_client,
                           "For https: a client certificate and its key");
  query_command.add_option("--tls-password-file", options->tls_password_file,
                           "File with the password of the client's PKCS#12");
  query_command.add_flag("--get", options->by_get, "Ask by GET");
  on_run(line, query_command, [&common, options] { return query(common, *options); });
}

}  // namespace cli
