// Sharded open addressing.

#include "verifier/ledger_counters.h"

namespace verifier {

namespace {

// The fields mixed by odd multipliers; only its spread matters.
std::size_t hash_of(const LedgerKey& key) {
  const std::uint64_t small = (std::uint64_t{key.day} << 32U) ^ (static_cast<std::uint64_t>(key.ca) << 24U) ^
                              (static_cast<std::uint64_t>(key.item) << 18U) ^
                              (static_cast<std::uint64_t>(key.answer) << 12U) ^
                              ((key.method ? static_cast<std::uint64_t>(*key.method) : 0U) << 6U) ^
                              static_cast<std::uint64_t>(key.purpose);
  std::uint64_t mixed = small * 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 29U) ^ key.verifier) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 32U) ^ key.credential) * 0x94D049BB133111EBU;
  return static_cast<std::size_t>(mixed ^ (mixed >> 31U));
}

}  // namespace

void LedgerCounters::add(Shard& shard, const LedgerKey& key, std::uint64_t number) {
  std::size_t place = hash_of(key) % kSlots;
  while (shard.slots[place].count != 0 && shard.slots[place].key != key)
    place = (place + 1) % kSlots;
  LedgerRow& row = shard.slots[place];
  if (row.count == 0) {
    // A quarter stays free, so that a search ends soon.
    if (shard.used >= kSlots - kSlots / 4) {
      shard.overflow[key] += number;
      return;
    }
    ++shard.used;
    row.key = key;
  }
  row.count += number;
}

void LedgerCounters::count(std::size_t worker, const LedgerKey& key, std::uint64_t number) {
  if (number == 0) return;
  Shard& shard = shards_[worker % kShards];
  const std::lock_guard lock(shard.mutex);
  add(shard, key, number);
}

std::vector<LedgerRow> LedgerCounters::take() {
  std::map<LedgerKey, std::uint64_t> sums;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    if (shard.used == 0) continue;
    for (LedgerRow& row : shard.slots) {
      if (row.count != 0) sums[row.key] += row.count;
      row.count = 0;
    }
    for (const auto& [key, number] : shard.overflow)
      sums[key] += number;
    shard.overflow.clear();
    shard.used = 0;
  }
  std::vector<LedgerRow> rows;
  rows.reserve(sums.size());
  for (const auto& [key, number] : sums)
    rows.push_back({key, number});
  return rows;
}

void LedgerCounters::give_back(const std::vector<LedgerRow>& rows) {
  Shard& shard = shards_.front();
  const std::lock_guard lock(shard.mutex);
  for (const LedgerRow& row : rows)
    add(shard, row.key, row.count);
}

}  // namespace verifier
