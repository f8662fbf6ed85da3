// The bytes in front of a body: status line and header fields (RFC 9112 section 4).
//
// Written by hand into a buffer that each connection keeps, because this happens once per request.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"
#include "pki/time.h"

namespace http {

// What the Connection field says. HTTP/1.1 stays open unless the field says close, HTTP/1.0 only when it says
// keep-alive.
enum class Persistence : std::uint8_t { stay_silently, say_keep_alive, say_close };

// The Date field of a second, made once per second. One thread at a time.
class DateLine final {
 public:
  explicit DateLine(const pki::Clock& clock) : clock_(&clock) {}
  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"; valid until the next call.
  [[nodiscard]] std::string_view line();

 private:
  const pki::Clock* clock_;
  pki::Time second_{pki::Seconds{-1}};
  std::string line_;
};

class ResponseHead final {
 public:
  // The head of `response`, valid until the next call. Content-Length is always sent but with 1xx, 204 and
  // 304, which have no body. Throws std::logic_error for a field that is not sendable or a status outside
  // 200..599.
  [[nodiscard]] std::string_view write(const Response& response, std::string_view date_line,
                                       Persistence persistence);

 private:
  std::string buffer_;
};

// Whether a response of this status has a body and a Content-Length (RFC 9110 sections 15.3.5 and 15.4.5).
[[nodiscard]] constexpr bool has_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace http
