// URLs, read by hand: the few forms that we accept need no library.

#include "http/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace http {

namespace {

pki::Error malformed(std::string_view text) {
  return pki::fail(pki::Errc::malformed,
                   "not a URL: \"" + std::string(text) + "\"; write http://host:port/path");
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

pki::Result<Url> parse_url(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0 || !is_visible_ascii(text))
    return malformed(text);
  Url url;
  for (const char c : text.substr(0, scheme_end))
    url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (url.scheme != "http" && url.scheme != "https")
    return pki::fail(pki::Errc::unsupported,
                     "URLs with " + url.scheme + ":// are not supported; use http:// or https://");
  if (url.scheme == "https") url.port = 443;

  auto rest = text.substr(scheme_end + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  if (rest.find('#') != std::string_view::npos || authority.find('@') != std::string_view::npos)
    return malformed(text);
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);

  std::string_view port;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) return malformed(text);
    url.host = authority.substr(1, bracket - 1);
    port = authority.substr(bracket + 1);
  } else {
    url.host = authority.substr(0, authority.find(':'));
    port = authority.substr(url.host.size());
  }
  if (url.host.empty()) return malformed(text);
  if (!port.empty()) {
    const auto number = port.starts_with(':') ? parse_port(port.substr(1)) : std::nullopt;
    if (!number) return malformed(text);
    url.port = *number;
  }
  return url;
}

}  // namespace http
