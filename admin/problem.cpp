// Errors to problem details.

#include "admin/problem.h"

namespace admin {

pki::Error forbidden_by_law(std::string detail, std::string article) {
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

json::object problem_object(const pki::Error& error) {
  const unsigned status = http_status(error.code);
  // The details of internal errors go to the log alone.
  const bool internal = error.code == pki::Errc::internal;
  json::object body{{"type", "about:blank"},
                    {"title", http::reason_phrase(status)},
                    {"status", status},
                    {"detail", internal ? "an internal error, see the log of the server" : error.text()},
                    {"code", pki::to_string(error.code)}};
  if (!error.field.empty()) body["field"] = error.field;
  if (!error.article.empty()) body["article"] = error.article;
  return body;
}

http::Response problem_response(const pki::Error& error) {
  const unsigned status = http_status(error.code);
  http::Response response =
      http::text_response(status, "application/problem+json", json::serialize(problem_object(error)) + "\n");
  if (status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

http::Response method_not_allowed(const std::string& allowed) {
  const json::object body{{"type", "about:blank"},
                          {"title", http::reason_phrase(405)},
                          {"status", 405},
                          {"detail", "this path has no such method: use one of " + allowed},
                          {"code", "method_not_allowed"}};
  http::Response response =
      http::text_response(405, "application/problem+json", json::serialize(body) + "\n");
  response.headers.push_back({"Allow", allowed});
  return response;
}

}  // namespace admin
