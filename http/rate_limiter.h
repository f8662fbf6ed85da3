// Requests a second for each asker: a token bucket for each key, which holds one second's worth.
//
// Bounded: a bucket that has filled up again is forgotten, and when there are still too many the newest asker
// takes the place of another, whose bucket then begins full.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "http/address_share.h"

namespace http {

// Usable from any thread.
class RateLimiter final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Whose bucket: an address's share, or a number, e.g. a verifier's id. One limiter takes one kind.
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    Key(std::uint64_t number) : low(number) {}  // NOLINT(google-explicit-constructor)
    Key(const AddressShare& share);             // NOLINT(google-explicit-constructor)
    friend bool operator==(const Key&, const Key&) = default;
  };

  // 0: without a limit.
  explicit RateLimiter(std::uint32_t per_second) : per_second_(per_second) {}
  // From now on.
  void set(std::uint32_t per_second) { per_second_ = per_second; }

  // Whether one more request may be answered; counts it when it may.
  [[nodiscard]] bool take(Key key, TimePoint now);
  // Whether take() would refuse; counts nothing.
  [[nodiscard]] bool is_exhausted(Key key, TimePoint now) const;

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kBucketsMax = 4096;
  // A full shard is looked through for forgettable buckets so often; an attacker who has many addresses must
  // not make every request of his cost such a look.
  static constexpr std::chrono::milliseconds kLookInterval{100};

  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Bucket {
    double tokens = 0;
    TimePoint at;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<Key, Bucket, KeyHash> buckets;  // Guarded by mutex.
    TimePoint looked_at = TimePoint::min();            // Guarded by mutex.
  };

  [[nodiscard]] double tokens_at(const Bucket& bucket, TimePoint now) const;
  void make_room(Shard& shard, TimePoint now) const;

  std::atomic<double> per_second_;
  std::array<Shard, kShards> shards_;
};

}  // namespace http
