// Boost.URL. Where it is no library, its one source file is included here.

#include "http/url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#ifndef JPKI_BOOST_URL_IS_LIBRARY
#include <boost/url/src.hpp>
#endif

#include "pki/messages/http.h"
#include "pki/number.h"

namespace http {

namespace {

namespace urls = boost::urls;

pki::Error malformed(std::string_view text) {
  return pki::fail(pki::Errc::malformed, {messages::url_form, text});
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  const auto escaped = urls::make_pct_string_view(text);
  if (escaped.has_error()) return std::nullopt;
  return escaped->decode(urls::encoding_opts(plus_is_space));
}

}  // namespace

pki::Result<Url> parse_url(std::string_view text) {
  const auto parsed = urls::parse_uri(text);
  if (parsed.has_error() || !parsed->has_authority()) return malformed(text);
  const urls::url_view& view = *parsed;
  const std::uint16_t port = view.scheme_id() == urls::scheme::https ? 443 : 80;
  if (view.scheme_id() != urls::scheme::http && view.scheme_id() != urls::scheme::https)
    return pki::fail(pki::Errc::unsupported, {messages::url_scheme, view.scheme()});
  // Boost 1.81 reads 99999 as 34463, and "h:8x/" as the port 8 and the path "x/".
  const auto stated = pki::parse_number<std::uint16_t>(std::string_view(view.port()));
  const bool is_wrong_port = view.has_port() && stated.value_or(0) == 0;
  const std::string_view path = view.encoded_path();
  const bool is_wrong_path = !path.empty() && !path.starts_with('/');
  if (view.host().empty() || view.has_userinfo() || view.has_fragment() || is_wrong_port || is_wrong_path)
    return malformed(text);
  const std::string target(view.encoded_target());
  return Url{.scheme = port == 443 ? "https" : "http",
             .host = std::string(view.host_address()),
             .port = stated.value_or(port),
             .target = path.empty() ? "/" + target : target};
}

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    segments.push_back(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  segments.push_back(path);
  return segments;
}

std::optional<std::string> percent_decode(std::string_view text) {
  return decode(text, false);
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    const auto pair_name = percent_decode(pair.substr(0, equals));
    if (!pair_name || *pair_name != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return decode(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

}  // namespace http
