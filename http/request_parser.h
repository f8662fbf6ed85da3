// From bytes to a Request: HTTP/1.x message syntax (RFC 9112), without any socket.
//
// The grammar is Beast's; the limits and the refusals that keep two readers of one stream from disagreeing
// (section 11.2, request smuggling) are ours. Input may come in pieces of any size.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/message.h"
#include "pki/bytes.h"

namespace http {

struct ParserLimits {
  std::size_t header_bytes = 32 * 1024;
  std::size_t header_fields = 100;
  std::size_t body_bytes = 64 * 1024;
};

// Reads one request after another from a stream; its buffers are kept between them.
class RequestParser final {
 public:
  explicit RequestParser(const ParserLimits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  enum class State : std::uint8_t { start, header, body, complete, failed };

  // Reads as much of `input` as belongs to the current request and gives the number of bytes that are done
  // with; the rest must be given again, with more behind it. Does nothing once complete or failed.
  [[nodiscard]] std::size_t put(pki::ByteView input);

  [[nodiscard]] State state() const;
  // Why it failed: 400, 413, 431, 501 or 505.
  [[nodiscard]] unsigned error_status() const;
  // The client waits for "100 Continue" before it sends the body (RFC 9110 section 10.1.1).
  [[nodiscard]] bool expects_continue() const;
  // The client wants to go on using the connection (RFC 9112 section 9.3).
  [[nodiscard]] bool keep_alive() const;
  // HTTP/1.0, where the answer must say that a connection stays open.
  [[nodiscard]] bool is_http_1_0() const;

  // The views of the complete request; valid until reset() or the next put(). Peer and worker are the
  // caller's.
  void fill(Request& request) const;

  // Ready for the next request.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
