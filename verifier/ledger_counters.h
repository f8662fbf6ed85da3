// The ledger's counts of the last second, in memory: one table for each serving thread, so that counting on
// the hot path does not wait and allocates nothing.
//
// A crash loses what was counted since the last merge: a second at most.

#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "verifier/ledger.h"

namespace verifier {

// Usable from any thread.
class LedgerCounters final {
 public:
  // `worker` identifies the serving thread (http::Request::worker); each has a table and a lock of its own,
  // taken by others only once a second.
  void count(std::size_t worker, const LedgerKey& key, std::uint64_t number = 1);
  // Everything counted since the last call, added up and in order.
  [[nodiscard]] std::vector<LedgerRow> take();
  // What could not be stored is counted again, to be taken with the rest next time.
  void give_back(const std::vector<LedgerRow>& rows);

 private:
  static constexpr std::size_t kShards = 16;
  // As many different rows as a thread sees in a second: verifiers times answers.
  static constexpr std::size_t kSlots = 256;

  struct alignas(64) Shard {
    std::mutex mutex;
    // Open addressing; a count of 0 marks a free place. All guarded by mutex.
    std::array<LedgerRow, kSlots> slots{};
    std::size_t used = 0;
    // What finds no place; empty but for a table that is nearly full.
    std::map<LedgerKey, std::uint64_t> overflow;
  };

  static void add(Shard& shard, const LedgerKey& key, std::uint64_t number);

  std::array<Shard, kShards> shards_;
};

}  // namespace verifier
