// Errors of the JSON services as RFC 9457 problem details.

#pragma once

#include <string>

#include "admin/json.h"
#include "http/message.h"
#include "pki/result.h"

namespace admin {

// What the Act lets others do; pki::refused is for what it lets no one do.
[[nodiscard]] pki::Error forbidden_by_law(pki::Message detail, std::string article);

// The one table Errc → HTTP status.
[[nodiscard]] unsigned http_status(pki::Errc code);
// The language of `title` and `detail` that the client prefers: its Accept-Language, else English.
[[nodiscard]] pki::Language language_of(const http::Request& request);
// RFC 9457: type, title, status, detail, and our members code, field, article.
[[nodiscard]] json::object problem_object(const pki::Error& error, pki::Language language);
// The same as an answer, with Content-Language.
[[nodiscard]] http::Response problem_response(const pki::Error& error, pki::Language language);
// 405 (RFC 9110 section 15.5.6) with the methods that the path has, as "GET, POST".
[[nodiscard]] http::Response method_not_allowed(const std::string& allowed, pki::Language language);

}  // namespace admin
