// jpki ocsp query: asks any responder as a client would and explains the answer.

#include "cli/clock.h"
#include "cli/command.h"
#include "http/client.h"
#include "ocsp/query.h"
#include "pki/random.h"
#include "pki/serial_number.h"

namespace cli {

namespace {

struct QueryOptions {
  std::string certificate, serial, ca, issuer, hash = "sha256";
  bool nonce = false, by_get = false;
};

pki::Bytes read_der(const std::string& file) {
  const std::string text = read_text_file(file);
  if (!text.starts_with("-----")) return pki::to_bytes(pki::as_bytes(text));
  const auto blocks = value_or_fail(pki::decode_pem_blocks(text, "CERTIFICATE"));
  if (blocks.empty()) throw Failure(kUsage, file + " holds no certificate");
  return blocks.front();
}

pki::HashAlgorithm parse_hash(const std::string& text) {
  if (text == "sha1") return pki::HashAlgorithm::sha1;
  if (text == "sha256") return pki::HashAlgorithm::sha256;
  if (text == "sha384") return pki::HashAlgorithm::sha384;
  if (text == "sha512") return pki::HashAlgorithm::sha512;
  throw Failure(kUsage, "--hash must be sha1, sha256, sha384 or sha512");
}

// Which responder: --url, the certificate's own AIA, or the service of the default address.
std::string responder_of(const CommonOptions& common, const QueryOptions& options,
                         const std::optional<pki::Certificate>& certificate) {
  if (!common.url.empty()) return common.url;
  if (certificate) {
    const pki::Extension* access = certificate->find_extension(pki::oids::kAuthorityInfoAccess);
    if (access != nullptr)
      if (const auto uri = value_or_fail(pki::ocsp_uri(access->value))) return *uri;
    throw Failure(kUsage, "the certificate names no responder: give --url");
  }
  return "http://127.0.0.1:8080/ocsp/" + options.ca;
}

// The issuer's certificate: --issuer, or /ca/… beside the responder (as our service publishes it).
pki::Certificate issuer_of(const QueryOptions& options, const std::string& responder) {
  if (!options.issuer.empty()) return value_or_fail(pki::Certificate::decode(read_der(options.issuer)));
  const http::Url url = value_or_fail(http::parse_url(responder));
  const std::string ca = url.target.find("/auth") != std::string::npos ? "auth" : "sign";
  auto client = value_or_fail(http::Client::connect(value_or_fail(http::endpoint_of(url))));
  const auto response = value_or_fail(client.send({.target = "/ca/" + ca + ".cer"}));
  if (response.status != 200)
    throw Failure(kUsage, "the responder's host publishes no CA certificate: give --issuer");
  return value_or_fail(pki::Certificate::decode(response.body));
}

int to_exit_code(ocsp::Outcome outcome) {
  switch (outcome) {
    case ocsp::Outcome::good:
      return kDone;
    case ocsp::Outcome::revoked:
      return kRevoked;
    case ocsp::Outcome::unknown:
      return kUnknown;
    case ocsp::Outcome::error_status:
      return kOcspError;
    case ocsp::Outcome::not_verified:
      return kNotVerified;
  }
  return kInternal;
}

const char* outcome_text(ocsp::Outcome outcome) {
  switch (outcome) {
    case ocsp::Outcome::good:
      return "good";
    case ocsp::Outcome::revoked:
      return "revoked";
    case ocsp::Outcome::unknown:
      return "unknown";
    case ocsp::Outcome::error_status:
      return "error";
    case ocsp::Outcome::not_verified:
      return "not-verified";
  }
  return "";
}

int query(const CommonOptions& common, const QueryOptions& options) {
  if (options.certificate.empty() == options.serial.empty())
    throw Failure(kUsage, "give --cert FILE, or --serial N with --ca");
  if (!options.serial.empty() && options.ca != "sign" && options.ca != "auth")
    throw Failure(kUsage, "--serial needs --ca sign or --ca auth");
  std::optional<pki::Certificate> certificate;
  pki::Bytes serial;
  if (!options.certificate.empty()) {
    certificate = value_or_fail(pki::Certificate::decode(read_der(options.certificate)));
    serial = pki::to_bytes(certificate->serial_content());
  } else {
    const auto number = pki::parse_serial(options.serial);
    if (!number) throw Failure(kUsage, "--serial must be a positive number, decimal or hexadecimal after 0x");
    serial = pki::der::integer_content(number->value);
  }
  const std::string responder = responder_of(common, options, certificate);
  const pki::Certificate issuer = issuer_of(options, responder);
  // A CertID made from another CA would ask about another certificate with the same number.
  if (certificate && !(pki::equal(certificate->issuer(), issuer.subject()) &&
                       pki::is_signed_by(*certificate, issuer.subject_public_key_info())))
    throw Failure(
        kNotVerified,
        "the certificate was not issued by the CA that was found: give its certificate with --issuer");
  const std::vector<pki::Bytes> ids = {
      value_or_fail(ocsp::make_cert_id(issuer, serial, parse_hash(options.hash)))};
  pki::Bytes nonce;
  if (options.nonce) nonce = pki::Rng::system().bytes(32);
  const pki::Bytes request = value_or_fail(
      ocsp::make_request(ids, options.nonce ? std::optional<pki::ByteView>(nonce) : std::nullopt));

  const http::Url url = value_or_fail(http::parse_url(responder));
  auto client = value_or_fail(http::Client::connect(value_or_fail(http::endpoint_of(url))));
  http::ClientRequest sent{.method = "POST",
                           .target = url.target,
                           .content_type = "application/ocsp-request",
                           .headers = {},
                           .body = request};
  if (options.by_get) sent = {.method = "GET", .target = ocsp::get_target(url.target, request)};
  const auto response = value_or_fail(client.send(sent));
  if (response.status != 200)
    throw Failure(kOcspError,
                  "the responder answered HTTP " + std::to_string(response.status) + ": is the URL right?");
  const ocsp::Explanation explanation = ocsp::explain(request, response.body, issuer, SystemClock().now());
  json::array lines;
  std::string words;
  for (const std::string& one : explanation.lines) {
    lines.push_back(json::value(one));
    words += one + "\n";
  }
  print(common,
        json::object{{"outcome", outcome_text(explanation.outcome)},
                     {"responder", responder},
                     {"explanation", std::move(lines)}},
        words);
  return to_exit_code(explanation.outcome);
}

}  // namespace

void add_ocsp_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  CLI::App* ocsp = add_command(line, line.app, "ocsp", "OCSP as a client", "jpki ocsp query --cert sign.cer");
  ocsp->require_subcommand(1);
  auto options = std::make_shared<QueryOptions>();
  CLI::App* query_command = add_command(line, *ocsp, "query", "Ask a responder and explain the answer",
                                        "jpki ocsp query --cert sign.cer --nonce");
  query_command->add_option("--cert", options->certificate, "The certificate, DER or PEM");
  query_command->add_option("--serial", options->serial, "Or its serial number");
  query_command->add_option("--ca", options->ca, "The CA of the serial: sign or auth");
  query_command->add_option("--issuer", options->issuer,
                            "The CA's certificate (default: /ca/… of the responder's host)");
  query_command->add_option("--hash", options->hash, "Hash of the CertID: sha1, sha256, sha384, sha512")
      ->capture_default_str();
  query_command->add_flag("--nonce", options->nonce, "Send a nonce of 32 octets and insist on it");
  query_command->add_flag("--get", options->by_get, "Ask by GET");
  on_run(line, query_command, [&common, options] { return query(common, *options); });
}

}  // namespace cli
