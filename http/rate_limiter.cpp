// Buckets in shards with locks of their own.

#include "http/rate_limiter.h"

#include <algorithm>

namespace http {

namespace {

std::uint64_t read_8(const std::array<std::uint8_t, 16>& bytes, std::size_t from) {
  std::uint64_t value = 0;
  for (std::size_t i = from; i < from + 8; ++i)
    value = value << 8U | bytes.at(i);
  return value;
}

}  // namespace

RateLimiter::Key::Key(const AddressShare& share)
    : high(read_8(share.prefix, 0)), low(read_8(share.prefix, 8)) {}

std::size_t RateLimiter::KeyHash::operator()(const Key& key) const {
  // SplitMix64's finaliser: neighbours must not share a bucket.
  std::uint64_t value = key.low + key.high * 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<std::size_t>(value ^ (value >> 31U));
}

double RateLimiter::tokens_at(const Bucket& bucket, TimePoint now) const {
  const std::chrono::duration<double> passed = now - bucket.at;
  const double per_second = per_second_;
  return std::min(per_second, bucket.tokens + passed.count() * per_second);
}

bool RateLimiter::take(Key key, TimePoint now) {
  const double per_second = per_second_;
  if (per_second == 0) return true;
  Shard& shard = shards_.at((KeyHash{}(key) >> 56U) % kShards);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.buckets.find(key);
  if (found == shard.buckets.end()) {
    if (shard.buckets.size() >= kBucketsMax) make_room(shard, now);
    found = shard.buckets.emplace(key, Bucket{per_second, now}).first;
  }
  Bucket& bucket = found->second;
  bucket = {tokens_at(bucket, now), now};
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

bool RateLimiter::is_exhausted(Key key, TimePoint now) const {
  if (per_second_ == 0) return false;
  const Shard& shard = shards_.at((KeyHash{}(key) >> 56U) % kShards);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.buckets.find(key);
  return found != shard.buckets.end() && tokens_at(found->second, now) < 1;
}

void RateLimiter::make_room(Shard& shard, TimePoint now) const {
  if (shard.looked_at == TimePoint::min() || now - shard.looked_at >= kLookInterval) {
    std::erase_if(shard.buckets,
                  [&](const auto& entry) { return tokens_at(entry.second, now) >= per_second_; });
    shard.looked_at = now;
  }
  while (shard.buckets.size() >= kBucketsMax)
    shard.buckets.erase(shard.buckets.begin());
}

}  // namespace http
