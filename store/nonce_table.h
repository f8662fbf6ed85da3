// The nonces of the PIN-less path that the machines of a log have in common, beside the log: each is there
// once, whichever machine has taken it. A row is durable like a row of the log.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pki/result.h"
#include "store/postgres_log.h"

namespace store {

// A truncated digest of credential and nonce.
using SharedNonce = std::array<std::uint8_t, 16>;

// One thread at a time.
class NonceTable {
 public:
  NonceTable() = default;
  NonceTable(const NonceTable&) = delete;
  NonceTable& operator=(const NonceTable&) = delete;
  virtual ~NonceTable() = default;

  // For each, in their order, whether it was not there and is there now. `memory`: how long nonces are
  // remembered. Errc::too_busy while the table is younger than that: what was taken before it was made is not
  // in it. Errc::unreachable when what became of them is not known. REQUIRES: no two are equal.
  [[nodiscard]] virtual pki::Result<std::vector<bool>> take(std::span<const SharedNonce> nonces,
                                                            pki::Seconds memory) = 0;
  // The number of the newest row, 0 where there is none; and removal of all rows up to one, for the leader.
  // Rows are told apart by number, not by time: no clock that leaps makes one fresh again.
  [[nodiscard]] virtual pki::Result<std::uint64_t> newest() = 0;
  virtual pki::Result<void> remove_to(std::uint64_t number) = 0;
};

// `machine`: the name of this one, for a view that of its role.
[[nodiscard]] std::unique_ptr<NonceTable> open_postgres_nonces(PostgresOptions options, std::string machine);

}  // namespace store
