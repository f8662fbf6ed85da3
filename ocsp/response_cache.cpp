// Shards, and the clock that evicts.

#include "ocsp/response_cache.h"

#include <utility>

namespace ocsp {

namespace {

// What one cached answer costs in addition to its bytes: the object, its counters, the map's node and bucket,
// the queue's slot, the header fields.
constexpr std::size_t kOverhead = 320;

std::size_t cost_of(const SignedAnswer& answer) {
  return answer.body.capacity() + kOverhead + (answer.caching_fields ? answer.caching_fields->size() : 0);
}

// SplitMix64's finaliser: serials follow one another, and shards and buckets must not.
constexpr std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

}  // namespace

std::size_t ResponseCache::KeyHash::operator()(const CacheKey& key) const {
  const auto form =
      static_cast<std::uint64_t>(key.hash_algorithm) * 2 + static_cast<std::uint64_t>(key.hash_parameters);
  const auto responder = reinterpret_cast<std::uintptr_t>(key.responder);
  return mix(mix(key.serial + form * 0x9E3779B97F4A7C15U) ^ responder);
}

ResponseCache::Shard& ResponseCache::shard_of(const CacheKey& key) {
  // The high bits: the low ones choose the bucket.
  return shards_[(KeyHash{}(key) >> 56U) % kShards];
}

std::shared_ptr<const SignedAnswer> ResponseCache::find(const CacheKey& key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end()) return nullptr;
  found->second.used = true;
  return found->second.answer;
}

void ResponseCache::put(const CacheKey& key, std::shared_ptr<const SignedAnswer> answer) {
  const std::size_t cost = cost_of(*answer);
  if (cost > shard_bytes_max_) return;
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto [entry, is_new] = shard.entries.try_emplace(key);
  if (is_new) {
    shard.hand.push_back(key);
  } else {
    shard.bytes -= cost_of(*entry->second.answer);
  }
  entry->second = {std::move(answer), true};
  shard.bytes += cost;
  evict(shard, shard_bytes_max_);
}

void ResponseCache::evict(Shard& shard, std::size_t bytes_max) {
  // Ends: each round either takes an entry away or clears a mark that only find() and put() set.
  while (shard.bytes > bytes_max) {
    const CacheKey key = shard.hand.front();
    shard.hand.pop_front();
    const auto found = shard.entries.find(key);
    if (found->second.used) {
      found->second.used = false;
      shard.hand.push_back(key);
    } else {
      shard.bytes -= cost_of(*found->second.answer);
      shard.entries.erase(found);
    }
  }
}

ResponseCache::Size ResponseCache::size() const {
  Size size;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    size.answers += shard.entries.size();
    size.bytes += shard.bytes;
  }
  return size;
}

}  // namespace ocsp
