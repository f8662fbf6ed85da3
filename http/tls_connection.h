// One TLS connection over a non-blocking socket: it never waits, but says what it waits for. Only for
// http/*.cpp.
//
// OpenSSL reads and writes the socket itself, so that nothing is copied between two buffers, and gives its
// own buffers back while a connection is idle.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pki/bytes.h"

struct ssl_st;

namespace http {

// ended: the peer has closed its side in order. failed: nothing more can be sent or received.
enum class TlsStep : std::uint8_t { done, wants_read, wants_write, ended, failed };

// `count` bytes were moved; only with done.
struct TlsMove {
  TlsStep step = TlsStep::failed;
  std::size_t count = 0;
};

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};

// One thread at a time.
class TlsConnection final {
 public:
  // `settings` is what the connection's callbacks use, kept until its end.
  TlsConnection(std::unique_ptr<ssl_st, SslDeleter> ssl, std::shared_ptr<const void> settings);

  // Call until it says done; never ended.
  [[nodiscard]] TlsStep handshake();
  // `space` and `bytes` must not be empty. After wants_… call again with the same bytes.
  [[nodiscard]] TlsMove read(std::span<std::uint8_t> space);
  [[nodiscard]] TlsMove write(pki::ByteView bytes);
  // Sends close_notify if the socket takes it at once.
  void close();

  // The socket is about to be closed under it: nothing may be written to its number any more.
  void abandon() { is_broken_ = true; }

  // Bytes that have arrived and are not read yet; a wait for the socket would miss them.
  [[nodiscard]] bool has_pending() const;
  // DER of the certificate that the peer proved to hold; null for none. Once, after the handshake: what
  // OpenSSL keeps of the peer's certificates, some 5 KiB for each, is given back.
  [[nodiscard]] std::shared_ptr<const pki::Bytes> take_peer_certificate();
  // Whether the handshake failed because the peer speaks plain HTTP.
  [[nodiscard]] bool met_plain_http() const { return met_plain_http_; }
  // Why it failed, in words.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  TlsStep step_after(int result);

  std::shared_ptr<const void> settings_;
  std::unique_ptr<ssl_st, SslDeleter> ssl_;
  std::string failure_;
  bool is_established_ = false;
  bool is_broken_ = false;
  bool is_closed_ = false;
  bool met_plain_http_ = false;
};

}  // namespace http
