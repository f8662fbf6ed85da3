// Faults of the carrier: what is wrong is the HTTP around an answer.

#include <algorithm>

#include "http/response_head.h"
#include "mock/faults.h"

namespace mock {

namespace {

using http::RawReply;

constexpr std::string_view kRedirected = "redirected";

// The whole body, read from its file if it is in one.
pki::Bytes bytes_of(const http::Body& body) {
  if (const auto* owned = std::get_if<pki::Bytes>(&body)) return *owned;
  if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&body)) return **shared;
  if (const auto* range = std::get_if<http::FileRange>(&body))
    return pki::or_throw(range->file->read(range->offset, static_cast<std::size_t>(range->length)));
  return {};
}

// Status line and fields, with `length` for what the body's length is said by.
std::string head_of(const http::Response& response, const std::string& length) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(http::reason_phrase(response.status)) + "\r\n";
  if (!response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
  for (const http::Header& header : response.headers)
    head += header.name + ": " + header.value + "\r\n";
  if (response.header_block) head += *response.header_block;
  return head + length + "Connection: close\r\n\r\n";
}

RawReply::Piece piece(std::string_view text) {
  return {.bytes = pki::to_bytes(pki::as_bytes(text))};
}

std::string content_length(std::size_t size) {
  return "Content-Length: " + std::to_string(size) + "\r\n";
}

bool send(FaultSite& site, RawReply reply) {
  site.response.raw = std::make_shared<const RawReply>(std::move(reply));
  return true;
}

bool slow(FaultSite& site) {
  site.held_for = site.delay;
  return true;
}

// In at most kDrops pieces: a long list takes no week. What is left goes out at once when the fault has
// ended.
bool drip(FaultSite& site) {
  constexpr std::size_t kDrops = 4'000;
  const pki::Bytes body = bytes_of(site.response.body);
  RawReply reply{.hurries = site.is_over};
  reply.pieces.push_back(piece(head_of(site.response, content_length(body.size()))));
  const std::size_t step = std::max<std::size_t>(1, body.size() / kDrops);
  for (std::size_t at = 0; at < body.size(); at += step) {
    const pki::ByteView part = pki::ByteView(body).subspan(at, std::min(step, body.size() - at));
    reply.pieces.push_back({.pause = site.delay, .bytes = pki::to_bytes(part)});
  }
  return send(site, std::move(reply));
}

bool truncate(FaultSite& site) {
  const pki::Bytes body = bytes_of(site.response.body);
  if (body.empty()) return false;
  const auto half = pki::ByteView(body).first(body.size() / 2);
  return send(site, {.pieces = {piece(head_of(site.response, content_length(body.size()))),
                                {.bytes = pki::to_bytes(half)}}});
}

bool leave_length_out(FaultSite& site) {
  return send(site, {.pieces = {piece(head_of(site.response, "")), {.bytes = bytes_of(site.response.body)}}});
}

bool chunk(FaultSite& site) {
  const pki::Bytes body = bytes_of(site.response.body);
  RawReply reply;
  reply.pieces.push_back(piece(head_of(site.response, "Transfer-Encoding: chunked\r\n")));
  const std::size_t half = (body.size() + 1) / 2;
  for (const pki::ByteView part : {pki::ByteView(body).first(half), pki::ByteView(body).subspan(half)}) {
    if (part.empty()) continue;
    char size[20];
    std::snprintf(size, sizeof(size), "%zx\r\n", part.size());
    reply.pieces.push_back(piece(size));
    reply.pieces.push_back({.bytes = pki::to_bytes(part)});
    reply.pieces.push_back(piece("\r\n"));
  }
  reply.pieces.push_back(piece("0\r\n\r\n"));
  return send(site, std::move(reply));
}

std::function<bool(FaultSite&)> status(unsigned code) {
  return [code](FaultSite& site) {
    site.response = http::problem(code, "A fault on purpose");
    if (code == 503 || code == 429) site.response.headers.push_back({"Retry-After", "1"});
    return true;
  };
}

// To the same path once more; who follows gets the right answer there.
bool redirect(FaultSite& site) {
  const auto parts = http::split_target(site.exchange.target);
  if (parts.query.find(kRedirected) != std::string_view::npos) return false;
  const std::string query =
      (parts.query.empty() ? "" : std::string(parts.query) + "&") + std::string(kRedirected);
  site.response = {.status = 302, .headers = {{"Location", std::string(parts.path) + "?" + query}}};
  return true;
}

bool call_it_html(FaultSite& site) {
  site.response.content_type = "text/html";
  // A kept answer carries its type there.
  if (!site.response.header_block) return true;
  std::string fields;
  std::string_view rest = *site.response.header_block;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.size(), rest.find("\r\n") + 2);
    if (!http::equal_ignoring_case(rest.substr(0, 13), "Content-Type:")) fields += rest.substr(0, end);
    rest.remove_prefix(end);
  }
  site.response.header_block = std::make_shared<const std::string>(std::move(fields));
  return true;
}

}  // namespace

std::vector<FaultKind> http_fault_kinds() {
  using std::chrono::milliseconds;
  using enum FaultFamily;
  const auto drop = [](FaultSite& site) { return send(site, {}); };
  const auto reset = [](FaultSite& site) { return send(site, {.end = RawReply::End::reset}); };
  return {{"slow", http, "waits before it answers", slow, milliseconds{10'000}},
          {"drip", http, "sends the body byte by byte", drip, milliseconds{100}},
          {"drop", http, "closes the connection without an answer", drop},
          {"reset", http, "resets the connection", reset},
          {"http-500", http, "answers 500", status(500)},
          {"http-503", http, "answers 503 with Retry-After", status(503)},
          {"http-429", http, "answers 429 with Retry-After", status(429)},
          {"redirect", http, "answers 302 to the same path with ?redirected", redirect},
          {"truncated-body", http, "ends in the middle of the body", truncate},
          {"wrong-content-type", http, "says text/html", call_it_html},
          {"no-content-length", http, "ends the body with the connection", leave_length_out},
          {"chunked", http, "sends the body in chunks", chunk}};
}

}  // namespace mock
