// A load of HTTP requests over loopback, for servers that wrk cannot drive: those that close after every
// answer (openssl ocsp), and those that need a new nonce each time.
//
// Each connection has one request in flight and is used as long as the server lets it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

enum class Reuse { as_served, never };
// What an answer must be to count.
enum class Expect { any_body, ocsp_successful };

struct Load {
  std::uint16_t port = 0;
  // Whole requests, used in turn by all connections.
  std::vector<std::string> requests;
  std::size_t connections = 32;
  std::size_t threads = 1;
  double warm_up_seconds = 0.5;
  double seconds = 3;
  // Requests a second, each at its time whatever became of those before; its latency counts from that time,
  // so that waiting for a free connection is part of it. 0: each connection asks anew as soon as it is
  // answered.
  double rate = 0;
  Reuse reuse = Reuse::as_served;
  Expect expect = Expect::any_body;
};

struct LoadResult {
  // Right answers a second in the measured time.
  double rate = 0;
  double p50_ms = 0, p99_ms = 0;
  std::uint64_t answers = 0;
  // tryLater, and everything else that is not right.
  std::uint64_t try_later = 0, wrong = 0;
  // Connections opened in the measured time.
  std::uint64_t connects = 0;
};

// Throws std::runtime_error when the server cannot be reached.
[[nodiscard]] LoadResult run_load(const Load& load);

}  // namespace bench
