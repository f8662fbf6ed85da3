// The parts of HTTP messages that need no connection: targets, fields, owned copies and ready-made answers.

#include "http/message.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace http {

namespace {

constexpr std::array<std::string_view, kMethodCount> kMethodNames = {"GET",   "HEAD",   "POST",    "PUT",
                                                                     "PATCH", "DELETE", "OPTIONS", ""};

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// tchar of RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) {
  const bool is_alphanumeric = (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
  return is_alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

}  // namespace

std::string_view to_string(Method method) {
  return kMethodNames[static_cast<std::size_t>(method)];
}

Method parse_method(std::string_view text) {
  for (std::size_t i = 0; i + 1 < kMethodCount; ++i)
    if (kMethodNames[i] == text) return static_cast<Method>(i);
  return Method::other;
}

std::string to_string(const Peer& peer) {
  if (peer.uid) return "uid " + std::to_string(*peer.uid);
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool is_v4 = std::equal(kMapped.begin(), kMapped.end(), peer.address.begin());
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_v4 ? AF_INET : AF_INET6, peer.address.data() + (is_v4 ? kMapped.size() : 0), text.data(),
              static_cast<socklen_t>(text.size()));
  return text.data();
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const HeaderView& field : headers)
    if (equal_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

TargetParts split_target(std::string_view target) {
  if (!target.starts_with('/')) {
    const auto scheme_end = target.find("://");
    if (scheme_end != std::string_view::npos) {
      const auto path_start = target.find_first_of("/?", scheme_end + 3);
      target = path_start == std::string_view::npos ? std::string_view("/") : target.substr(path_start);
    }
  }
  const auto question = target.find('?');
  if (question == std::string_view::npos) return {target, {}};
  const auto path = target.substr(0, question);
  return {path.empty() ? std::string_view("/") : path, target.substr(question + 1)};
}

// Everything that the views of `request` refer to, in one text and one body.
struct OwnedRequest::Storage {
  std::string text;
  std::vector<HeaderView> headers;
  pki::Bytes body;
  Request request;
};

OwnedRequest::OwnedRequest(const Request& request) {
  auto storage = std::make_shared<Storage>();
  std::size_t size = request.method_text.size() + request.target.size();
  for (const HeaderView& field : request.headers)
    size += field.name.size() + field.value.size();
  // Reserved in full, so that the views taken on the way stay valid.
  storage->text.reserve(size);
  const auto keep = [&text = storage->text](std::string_view part) {
    const std::size_t start = text.size();
    text += part;
    return std::string_view(text).substr(start);
  };
  storage->request.method = request.method;
  storage->request.method_text = keep(request.method_text);
  storage->request.target = keep(request.target);
  const auto parts = split_target(storage->request.target);
  storage->request.path = parts.path;
  storage->request.query = parts.query;
  storage->headers.reserve(request.headers.size());
  for (const HeaderView& field : request.headers) {
    const auto name = keep(field.name);
    storage->headers.push_back({name, keep(field.value)});
  }
  storage->request.headers = storage->headers;
  storage->body = pki::to_bytes(request.body);
  storage->request.body = storage->body;
  storage->request.peer = request.peer;
  storage->request.worker = request.worker;
  storage_ = std::move(storage);
}

const Request& OwnedRequest::operator*() const {
  return storage_->request;
}

const Request* OwnedRequest::operator->() const {
  return &storage_->request;
}

OwnedRequest make_request(Method method, std::string_view target, const std::vector<Header>& headers,
                          pki::ByteView body) {
  std::vector<HeaderView> views;
  views.reserve(headers.size());
  for (const Header& field : headers)
    views.push_back({field.name, field.value});
  Request request;
  request.method = method;
  request.method_text = to_string(method);
  request.target = target;
  request.headers = views;
  request.body = body;
  return OwnedRequest(request);
}

std::uint64_t body_size(const Body& body) {
  if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&body))
    return *shared ? (*shared)->size() : 0;
  if (const auto* owned = std::get_if<pki::Bytes>(&body)) return owned->size();
  if (const auto* range = std::get_if<FileRange>(&body)) return range->length;
  return 0;
}

bool is_sendable(std::string_view name, std::string_view value) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token_char) &&
         std::none_of(value.begin(), value.end(), is_control);
}

HeaderBlock make_header_block(const std::vector<Header>& headers) {
  auto block = std::make_shared<std::string>();
  for (const Header& field : headers) {
    if (!is_sendable(field.name, field.value))
      throw std::invalid_argument("not a header field that can be sent: " + field.name);
    block->append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return block;
}

Response too_many_requests() {
  Response response = problem(429, "Too Many Requests");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

Response text_response(unsigned status, std::string content_type, std::string_view text) {
  Response response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = pki::to_bytes(pki::as_bytes(text));
  return response;
}

Response problem(unsigned status, std::string_view title) {
  Response response = text_response(
      status, "application/problem+json",
      "{\"title\":" + boost::json::serialize(boost::json::string_view(title.data(), title.size())) +
          ",\"status\":" + std::to_string(status) + "}\n");
  // Otherwise a shared cache may keep a 404 or 410 (RFC 9110 section 15.1), and anyone could leave one there
  // for a list or a generation that is still to come.
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

std::string_view reason_phrase(unsigned status) {
  // RFC 9110 has given these two new names (sections 15.5.14 and 15.5.21); Beast has those of RFC 7231.
  if (status == 413) return "Content Too Large";
  if (status == 422) return "Unprocessable Content";
  const auto known = boost::beast::http::int_to_status(status);
  if (known == boost::beast::http::status::unknown) return {};
  const auto phrase = boost::beast::http::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

}  // namespace http
