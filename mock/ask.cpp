// Asking, and what the answer amounts to.

#include "mock/ask.h"

#include "admin/json.h"
#include "http/client.h"
#include "ocsp/query.h"
#include "pki/messages/mock.h"
#include "pki/random.h"

namespace mock {

namespace {

namespace json = boost::json;

constexpr std::size_t kNonceBytes = 32;
constexpr unsigned kHttpOk = 200;
constexpr std::chrono::milliseconds kMaxWait{5'000};

// Everything that asking needs of a world.
struct Prepared {
  pki::Certificate issuer;
  std::string target;
  pki::Bytes request;
  const pki::Clock& clock;
};

pki::Result<Prepared> prepare(World& world, const Question& question) {
  const ca::Authority& authority = world.instance().authority();
  const registry::SigningIssuer* const issuer = authority.find(question.ca);
  if (issuer == nullptr || question.ca.ca == pki::CaName::operations)
    return pki::invalid("ca", messages::ask_ca_unknown);
  TRY_ASSIGN(pki::Certificate certificate, pki::Certificate::decode(issuer->certificate()));
  TRY_ASSIGN(const http::Url responder, http::parse_url(authority.profile().ocsp_uri(question.ca.ca)));
  TRY_ASSIGN(const pki::Bytes id,
             ocsp::make_cert_id(certificate, pki::der::integer_content(question.serial.value),
                                pki::HashAlgorithm::sha256));
  const pki::Bytes nonce = pki::Rng::system().bytes(kNonceBytes);
  TRY_ASSIGN(pki::Bytes request, ocsp::make_request({{id}}, nonce));
  return Prepared{.issuer = std::move(certificate),
                  .target = responder.target,
                  .request = std::move(request),
                  .clock = world.clock()};
}

pki::Result<http::ClientResponse> send(const Prepared& prepared, const http::TcpAddress& address) {
  TRY_ASSIGN(http::Client client,
             http::Client::connect(
                 {.address = address, .limits = {.answer_timeout = kMaxWait, .whole_timeout = kMaxWait}}));
  return client.send({.method = "POST",
                      .target = prepared.target,
                      .content_type = "application/ocsp-request",
                      .body = prepared.request});
}

void add_status(json::object& object, const ocsp::SingleResponse& single) {
  object["this_update"] = pki::to_rfc3339(single.this_update);
  if (single.next_update) object["next_update"] = pki::to_rfc3339(*single.next_update);
  const auto* const revoked = std::get_if<ocsp::Revoked>(&single.cert_status);
  if (revoked == nullptr) {
    object["status"] = ocsp::to_string(single.cert_status);
    return;
  }
  const bool is_held = revoked->revocation_reason == pki::CrlReason::certificate_hold;
  object["status"] = is_held ? "held" : "revoked";
  object["reason"] = pki::to_string(revoked->revocation_reason);
  object["revoked_at"] = pki::to_rfc3339(revoked->revocation_time);
}

// Fills in what the answer says, or gives the reason why it says nothing.
pki::Result<void> judge(json::object& object, const Prepared& prepared,
                        const http::ClientResponse& response) {
  object["http_status"] = response.status;
  if (response.status != kHttpOk)
    return pki::fail(pki::Errc::unreachable, {messages::ask_http_status, std::to_string(response.status)});
  TRY_ASSIGN(const ocsp::Response answer, ocsp::decode_response(response.body));
  object["response_status"] = ocsp::to_string(answer.status);
  if (!answer.basic)
    return pki::fail(pki::Errc::unreachable,
                     {messages::ask_error_status, std::string(ocsp::to_string(answer.status))});
  TRY_ASSIGN(const ocsp::Request request, ocsp::decode_request(prepared.request));
  TRY(ocsp::verify_response(*answer.basic,
                            {.issuer = prepared.issuer, .request = request, .now = prepared.clock.now()}));
  object["produced_at"] = pki::to_rfc3339(answer.basic->produced_at);
  const auto asked = request.cert_ids.view().front();
  for (const ocsp::SingleResponse& single : answer.basic->responses)
    if (pki::equal(single.cert_id.serial_content, asked.serial_content)) add_status(object, single);
  return {};
}

}  // namespace

pki::Result<Question> read_question(const json::object& body) {
  admin::FieldReader fields(body);
  TRY_ASSIGN(const std::string ca, fields.required_text("ca"));
  TRY_ASSIGN(const std::string serial, fields.required_text("serial"));
  TRY(fields.finish());
  const auto issuer = registry::parse_issuer_id(ca);
  if (!issuer) return pki::invalid("ca", messages::ask_ca_unknown);
  const auto number = pki::parse_serial(serial);
  if (!number) return pki::invalid("serial", messages::ask_serial_wrong);
  return Question{.ca = *issuer, .serial = *number};
}

pki::Result<json::object> ask(std::shared_ptr<World::Use> world, const Question& question,
                              const http::TcpAddress& address) {
  TRY_ASSIGN(const Prepared prepared, prepare(**world, question));
  world.reset();
  json::object object{{"ca", to_string(question.ca)},
                      {"serial", pki::to_string(question.serial)},
                      {"status", nullptr},
                      {"reason", nullptr},
                      {"revoked_at", nullptr},
                      {"this_update", nullptr},
                      {"next_update", nullptr},
                      {"produced_at", nullptr},
                      {"http_status", nullptr},
                      {"response_status", nullptr},
                      {"refused", nullptr}};
  const auto response = send(prepared, address);
  const auto verdict = response ? judge(object, prepared, *response) : pki::Result<void>(response.error());
  if (verdict.has_error()) object["refused"] = verdict.error().text();
  return object;
}

}  // namespace mock
