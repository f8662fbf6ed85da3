// URLs as operators and certificates write them, http[s]://host[:port]/path?query (RFC 3986), and the parts
// of the targets of requests. The only place that uses Boost.URL.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"

namespace http {

struct Url {
  // "http" or "https", in lower case.
  std::string scheme;
  // Without the brackets of an IPv6 address.
  std::string host;
  // 80, or 443 for https, when the URL names none.
  std::uint16_t port = 80;
  // Path and query as written; "/" when there is none.
  std::string target;
};

// Errc::malformed for what is no URL or has user information or a fragment; Errc::unsupported for another
// scheme than these.
[[nodiscard]] pki::Result<Url> parse_url(std::string_view text);

// The texts between the slashes of a path, or of a name that is written like one, as they stand: one more
// than there are slashes, so the first of "/v1/check" is empty. Views into `path`.
[[nodiscard]] std::vector<std::string_view> path_segments(std::string_view path);

// Decodes %XX once ('+' stays '+'); nothing when an escape is broken.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

// The value of `name` in a query "a=1&b=2", percent-decoded ('+' is a space); nothing when absent or when an
// escape is broken.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace http
