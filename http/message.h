// Requests and responses as handlers see them: plain structs without any trace of the network library.
//
// A Request is a view: it is valid while the handler that received it runs. Who needs it longer, or on
// another thread, takes an OwnedRequest.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/file.h"
#include "http/raw_reply.h"
#include "pki/bytes.h"

namespace http {

// RFC 9110 section 9. `other` is any method token that is not named here.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
inline constexpr std::size_t kMethodCount = 8;

// "GET" for Method::get; "" for Method::other.
[[nodiscard]] std::string_view to_string(Method method);
// Methods are case-sensitive: "get" is Method::other.
[[nodiscard]] Method parse_method(std::string_view text);

// A header field to be sent.
struct Header {
  std::string name;
  std::string value;
};

// A header field as received; white space around the value is removed.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

// Who is at the other end of the connection.
struct Peer {
  // IPv6 in network order, IPv4 as ::ffff:a.b.c.d; zeros on a Unix socket.
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;
  // The user of the peer process on a Unix socket (SO_PEERCRED); absent on TCP.
  std::optional<std::uint32_t> uid;
  // DER of the certificate that the client proved to hold; null without TLS or without a certificate.
  std::shared_ptr<const pki::Bytes> client_certificate;
  // Whether the connection is TLS.
  bool is_encrypted = false;
};

// "192.0.2.7", "2001:db8::1" or "uid 1000": for audit entries and messages.
[[nodiscard]] std::string to_string(const Peer& peer);

struct Request {
  Method method = Method::get;
  std::string_view method_text;
  // As sent, e.g. "/ocsp/sign/MEkw%2F...?x=1".
  std::string_view target;
  // The target up to '?', without scheme and host; percent escapes untouched (RFC 6960 appendix A depends on
  // it).
  std::string_view path;
  // After '?', raw; empty when there is none.
  std::string_view query;
  std::span<const HeaderView> headers;
  pki::ByteView body;
  Peer peer;
  // Index of the serving thread, 0..Runtime::worker_count()-1: for per-thread caches and read slots.
  std::size_t worker = 0;

  // The first field of that name, compared without case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// A request that owns its bytes. Copies share them, so it may travel through queues and std::function.
class OwnedRequest final {
 public:
  // Copies everything that `request` refers to.
  explicit OwnedRequest(const Request& request);

  [[nodiscard]] const Request& operator*() const;
  [[nodiscard]] const Request* operator->() const;
  // A view that is valid as long as any copy of this object.
  operator const Request&() const { return **this; }  // NOLINT(google-explicit-constructor)

 private:
  struct Storage;
  std::shared_ptr<const Storage> storage_;
};

// A request made by hand, for tests and for calls inside the program; path and query are taken from `target`.
[[nodiscard]] OwnedRequest make_request(Method method, std::string_view target,
                                        const std::vector<Header>& headers = {}, pki::ByteView body = {});

struct TargetParts {
  std::string_view path;
  std::string_view query;
};

// Splits a request target (RFC 9112 section 3.2, origin-form or absolute-form) without decoding anything.
[[nodiscard]] TargetParts split_target(std::string_view target);

// Equality of field names and tokens: ASCII without case.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// `length` bytes of an open file from `offset`; they go to the socket without passing through our memory.
struct FileRange {
  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// None, bytes owned, bytes shared (a kept OCSP answer is not copied per request), or a part of a file.
using Body = std::variant<std::monostate, pki::Bytes, std::shared_ptr<const pki::Bytes>, FileRange>;

// The bytes that a body sends.
[[nodiscard]] std::uint64_t body_size(const Body& body);

// Header lines ready to be sent, made once and shared by many responses (make_header_block).
using HeaderBlock = std::shared_ptr<const std::string>;

// What a handler answers. Date, Content-Length and Connection are added by the server; do not set them.
struct Response {
  unsigned status = 200;
  // Empty: no Content-Type is sent.
  std::string content_type = {};
  std::vector<Header> headers = {};
  Body body = {};
  // Sent in addition to `headers`; null for none. A cached answer carries its fields here at no cost per
  // request.
  HeaderBlock header_block = {};
  // The handler knows who asked: from now on the connection counts as a known client's (http/shard.h).
  bool is_for_known_client = false;
  // Sent in place of everything above, of which the status alone is counted; null but in the mock's faults.
  std::shared_ptr<const RawReply> raw = {};
};

// Whether a field may be sent: its name a token, its value without control characters but tab, so that no
// value can forge further fields.
[[nodiscard]] bool is_sendable(std::string_view name, std::string_view value);

// Serialises fields once. Throws std::invalid_argument for one that is not sendable.
[[nodiscard]] HeaderBlock make_header_block(const std::vector<Header>& headers);

// An RFC 9457 problem: {"title":...,"status":...}. `title` is for people and must not show internals.
[[nodiscard]] Response problem(unsigned status, std::string_view title);

// 429 with Retry-After: one second.
[[nodiscard]] Response too_many_requests();

// A text body of the given type, e.g. ("application/json", "{}").
[[nodiscard]] Response text_response(unsigned status, std::string content_type, std::string_view text);

// "Not Found" for 404; "" for an unknown code.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace http
