// A listener: an address, its limits and the router behind it.
//
// HTTP/1.1 and HTTP/1.0 (RFC 9112), keep-alive, pipelined requests answered in order and one at a time. Every
// wait has a deadline and every size a limit; what breaks one is answered with 400, 408, 413, 431 or 503 and
// its connection is closed; others do not notice.

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/address.h"
#include "http/rate_limiter.h"
#include "http/router.h"
#include "http/runtime.h"
#include "http/tls.h"

namespace http {

struct Limits {
  // Request line and header fields together, in bytes; more is answered with 431. A GET
  // about 100 certificates by SHA-512 has 21 KB.
  std::size_t header_bytes = 32 * 1024;
  // Request body, in bytes; more is answered with 413 before it is read.
  std::size_t body_bytes = 64 * 1024;
  // Open connections of the listener. One more takes the place of the one that waits longest for a request,
  // of the address (IPv6: /64) that has most, strangers' first; when none waits it is answered with 503 and
  // closed.
  std::size_t connections = 4096;
  // Of these, how many are kept free of strangers; and how many a stranger's address may have, shared out
  // among the serving threads (0: as many as there are).
  std::size_t connections_for_known = 0;
  std::size_t connections_for_stranger = 0;
  // Header fields of a request; more is answered with 431.
  std::size_t header_fields = 100;
  // From the first byte of a request to the end of its header, and again to the end of its body; longer is
  // answered with 408. Also how long a new connection may be silent before it is closed.
  std::chrono::milliseconds read_timeout{15'000};
  // TLS alone: from the connection to the end of the handshake; longer is closed.
  std::chrono::milliseconds handshake_timeout{10'000};
  // TLS alone: handshakes that may be in flight, over all serving threads; one more ends the oldest, since an
  // honest client needs milliseconds.
  std::size_t handshakes = 512;
  // How long a connection may be silent between two requests before it is closed.
  std::chrono::milliseconds idle_timeout{60'000};
  // How long a client may take no byte of an answer before it is closed.
  std::chrono::milliseconds write_timeout{30'000};
  // How long an AsyncHandler may take to answer; longer is answered with 503.
  std::chrono::milliseconds answer_timeout{60'000};
  // After Runtime::stop(): how long requests in flight may take before they are cut.
  std::chrono::milliseconds drain_timeout{10'000};
};

// Who is a known client, and what others may ask for. Without it everyone is a stranger without a limit.
struct Guard {
  // Whether an address lies in a registered network. Called on the serving threads, once for each connection;
  // must not wait for anything.
  std::function<bool(const std::array<std::uint8_t, 16>& address)> is_known_address = {};
  // By address: the requests of strangers that get no answer as a known client
  // (Response::is_for_known_client). Who is over it gets 429 before its request is looked at.
  std::shared_ptr<RateLimiter> strangers = {};
  // Asked before every handler; what it gives is answered in the handler's place.
  std::function<std::optional<Response>(const Request&)> gate = {};
};

struct Listener {
  // For messages and metrics, e.g. "verifier".
  std::string name;
  Address address;
  Limits limits = {};
  std::shared_ptr<const Router> router;
  // Null: plain HTTP.
  std::shared_ptr<const TlsServer> tls = {};
  Guard guard = {};
};

// Upper bounds of a histogram of durations; what is longer than the last is in a place of its own.
inline constexpr std::array kDurationBounds = {
    std::chrono::microseconds{100},       std::chrono::microseconds{250},
    std::chrono::microseconds{500},       std::chrono::microseconds{1'000},
    std::chrono::microseconds{2'500},     std::chrono::microseconds{5'000},
    std::chrono::microseconds{10'000},    std::chrono::microseconds{25'000},
    std::chrono::microseconds{50'000},    std::chrono::microseconds{100'000},
    std::chrono::microseconds{250'000},   std::chrono::microseconds{500'000},
    std::chrono::microseconds{1'000'000}, std::chrono::microseconds{2'500'000},
    std::chrono::microseconds{5'000'000}, std::chrono::microseconds{10'000'000}};

// How many durations lie within each bound and above the one before it, and their sum.
struct Durations {
  std::array<std::uint64_t, kDurationBounds.size() + 1> counts{};
  std::chrono::nanoseconds sum{};
};

// What happened on a listener since it was made, except connections_open, which is now.
struct ServerCounters {
  std::uint64_t requests = 0;
  // From a request that has arrived whole to its answer, before that is sent.
  Durations answers;
  // By hundreds of the status: [0] is 1xx, [4] is 5xx.
  std::array<std::uint64_t, 5> responses{};
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  // Over Limits::connections, or a user who may not use a Unix socket.
  std::uint64_t connections_refused = 0;
  // Closed to make room for others.
  std::uint64_t connections_displaced = 0;
  // TLS handshakes that failed, took too long or were ended for newer ones.
  std::uint64_t handshakes_failed = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

// Listens from its construction; connections are served while Runtime::run() runs. A Unix socket is made with
// mode 0600 and serves only this process's user and root, and in a folder of mode 0710 the folder's group as
// well; a stale file left by a dead process is replaced.
class Server final {
 public:
  // Throws std::runtime_error when it cannot listen, saying which address, why, and what to do.
  // `runtime` must outlive the server.
  Server(Runtime& runtime, Listener listener);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // Call only before run() or after it has returned.
  ~Server();

  // The TCP port, also when 0 was asked for; 0 for a Unix socket.
  [[nodiscard]] std::uint16_t bound_port() const;
  // Limits::connections_for_stranger, for connections that come from now on. From any thread.
  void set_connections_for_stranger(std::size_t most);
  // From any thread.
  [[nodiscard]] ServerCounters counters() const;
  [[nodiscard]] const std::string& name() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace http
