// Errors to problem details.

#include "admin/problem.h"

#include "http/language.h"
#include "pki/messages/admin.h"

namespace admin {

pki::Error forbidden_by_law(pki::Message detail, std::string article) {
  return {pki::Errc::forbidden, std::move(detail), {}, std::move(article)};
}

unsigned http_status(pki::Errc code) {
  switch (code) {
    case pki::Errc::already_exists:
      return 409;
    case pki::Errc::conflict:
      return 409;
    case pki::Errc::forbidden:
      return 403;
    case pki::Errc::internal:
      return 500;
    case pki::Errc::invalid_value:
      return 422;
    case pki::Errc::malformed:
      return 400;
    case pki::Errc::not_found:
      return 404;
    case pki::Errc::refused_by_law:
      return 409;
    case pki::Errc::sig_required:
      return 403;
    case pki::Errc::outcome_unknown:
    case pki::Errc::too_busy:
      return 503;
    case pki::Errc::unauthorized:
      return 403;
    case pki::Errc::unreachable:
      return 502;
    case pki::Errc::unsupported:
      return 422;
  }
  return 500;
}

namespace {

// With the type about:blank the title is the reason phrase of the status (RFC 9457 section 4.2.1).
std::string title_of(unsigned status, pki::Language language) {
  if (language == pki::Language::en) return std::string(http::reason_phrase(status));
  switch (status) {
    case 400:
      return pki::Message(messages::status_400).in(language);
    case 403:
      return pki::Message(messages::status_403).in(language);
    case 404:
      return pki::Message(messages::status_404).in(language);
    case 405:
      return pki::Message(messages::status_405).in(language);
    case 409:
      return pki::Message(messages::status_409).in(language);
    case 422:
      return pki::Message(messages::status_422).in(language);
    case 502:
      return pki::Message(messages::status_502).in(language);
    case 503:
      return pki::Message(messages::status_503).in(language);
    default:
      return pki::Message(messages::status_500).in(language);
  }
}

http::Response to_response(unsigned status, const json::object& body, pki::Language language) {
  http::Response response =
      http::text_response(status, "application/problem+json", json::serialize(body) + "\n");
  response.headers.push_back({"Content-Language", language == pki::Language::ja ? "ja" : "en"});
  response.headers.push_back({"Vary", "Accept-Language"});
  return response;
}

}  // namespace

pki::Language language_of(const http::Request& request) {
  return http::preferred_language(request.header("Accept-Language").value_or(""));
}

json::object problem_object(const pki::Error& error, pki::Language language) {
  const unsigned status = http_status(error.code);
  // The details of internal errors go to the log alone.
  const bool internal = error.code == pki::Errc::internal;
  const pki::Message detail = internal ? pki::Message(messages::internal_error) : error.message;
  json::object body{{"type", "about:blank"},
                    {"title", title_of(status, language)},
                    {"status", status},
                    {"detail", detail.in(language)},
                    {"code", pki::to_string(error.code)}};
  if (!error.field.empty()) body["field"] = error.field;
  if (!error.article.empty()) body["article"] = error.article;
  return body;
}

http::Response problem_response(const pki::Error& error, pki::Language language) {
  const unsigned status = http_status(error.code);
  http::Response response = to_response(status, problem_object(error, language), language);
  if (status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

http::Response method_not_allowed(const std::string& allowed, pki::Language language) {
  const json::object body{{"type", "about:blank"},
                          {"title", title_of(405, language)},
                          {"status", 405},
                          {"detail", pki::Message(messages::method_unknown, allowed).in(language)},
                          {"code", "method_not_allowed"}};
  http::Response response = to_response(405, body, language);
  response.headers.push_back({"Allow", allowed});
  return response;
}

}  // namespace admin
