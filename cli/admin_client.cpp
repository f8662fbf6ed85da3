// Requests to the admin API and the way back from problem details to errors.

#include "cli/admin_client.h"

#include <unistd.h>

#include <cerrno>

#include <array>

#include "cli/command.h"
#include "cli/second_person.h"
#include "cli/string_member.h"
#include "pki/messages/cli.h"
#include "pki/text.h"

namespace cli {

namespace {

constexpr std::array kCodes = {pki::Errc::already_exists, pki::Errc::conflict,       pki::Errc::forbidden,
                               pki::Errc::internal,       pki::Errc::invalid_value,  pki::Errc::malformed,
                               pki::Errc::not_found,      pki::Errc::refused_by_law, pki::Errc::sig_required,
                               pki::Errc::too_busy,       pki::Errc::unauthorized,   pki::Errc::unreachable,
                               pki::Errc::unsupported,    pki::Errc::outcome_unknown};

pki::Error to_error(const json::object& problem, unsigned status) {
  pki::Error error = pki::fail(pki::Errc::internal, string_member(problem, "detail"));
  if (error.message.empty())
    error.message = {messages::server_answered, std::to_string(status), string_member(problem, "title")};
  const std::string name = string_member(problem, "code");
  for (const pki::Errc code : kCodes)
    if (name == pki::to_string(code)) error.code = code;
  error.field = string_member(problem, "field");
  error.article = string_member(problem, "article");
  return error;
}

// What was typed may hold any character; a request's target holds visible ASCII alone (RFC 9112, 3.2).
std::string with_visible_ascii(std::string_view target) {
  std::string encoded;
  for (const char c : target)
    encoded += c > ' ' && c <= '~' ? std::string(1, c) : percent_encode(std::string_view(&c, 1));
  return encoded;
}

}  // namespace

pki::Result<AdminClient> AdminClient::connect(const AdminEndpoint& endpoint) {
  http::RemoteServer address{http::UnixPath{endpoint.socket}};
  if (!endpoint.url.empty()) {
    TRY_ASSIGN(const http::Url url, http::parse_url(endpoint.url));
    if (url.scheme == "https" && !endpoint.tls)
      return pki::fail(pki::Errc::unsupported, messages::https_needs_credential);
    TRY_ASSIGN(address, http::remote_server_of(url, endpoint.tls));
  }
  // A server that is gone is found out by its socket at once; one that works long is waited for.
  address.limits.answer_timeout = http::kAdminAnswerTimeout;
  auto client = http::Client::connect(address);
  // Also where the folder of the socket cannot be passed.
  if (!client && endpoint.url.empty() && ::access(endpoint.socket.c_str(), W_OK) != 0 && errno == EACCES)
    return pki::fail(pki::Errc::unreachable, {messages::socket_denied, endpoint.socket});
  if (!client && address.tls) return client.error();
  if (!client)
    return pki::fail(pki::Errc::unreachable, {messages::no_server, http::to_string(address.address)});
  return AdminClient(std::move(*client), endpoint);
}

pki::Result<json::object> AdminClient::get(const std::string& target) {
  return send({.method = "GET", .target = target});
}

pki::Result<json::object> AdminClient::remove(const std::string& target) {
  return send({.method = "DELETE", .target = target});
}

pki::Result<json::object> AdminClient::post(const std::string& target, const json::object& body) {
  return post_text(target, json::serialize(body));
}

pki::Result<json::object> AdminClient::put(const std::string& target, const json::object& body) {
  return send({.method = "PUT",
               .target = target,
               .content_type = "application/json",
               .body = pki::to_bytes(pki::as_bytes(json::serialize(body)))});
}

pki::Result<json::object> AdminClient::post_text(const std::string& target, const std::string& text) {
  return send({.method = "POST",
               .target = target,
               .content_type = "application/json",
               .body = pki::to_bytes(pki::as_bytes(text))});
}

pki::Result<json::object> AdminClient::send(http::ClientRequest request) {
  request.target = with_visible_ascii(request.target);
  if (!pki::is_utf8(pki::as_text(request.body)))
    return pki::fail(pki::Errc::malformed, messages::words_not_utf8);
  if (!as_.empty()) request.headers.push_back({"Jpki-As", as_});
  if (language_ == pki::Language::ja) request.headers.push_back({"Accept-Language", "ja, en;q=0.5"});
  TRY_ASSIGN(const http::ClientResponse response, client_.send(request));
  boost::system::error_code error;
  json::value body = json::parse(pki::as_text(response.body), error);
  if (error || !body.is_object())
    return pki::fail(pki::Errc::internal, {messages::answer_without_json, std::to_string(response.status)});
  if (response.status >= 300 || body.get_object().contains("title"))
    return to_error(body.get_object(), response.status);
  constexpr unsigned kAccepted = 202;
  if (response.status == kAccepted && body.get_object().contains("request"))
    throw SecondPersonNeeded(std::move(body.get_object()));
  return std::move(body.get_object());
}

}  // namespace cli
