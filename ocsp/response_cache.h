// Signed answers that are used more than once: bounded in memory, and never trusted without a look at the
// store.
//
// Being cached says nothing about being right: who takes an answer out compares its FactsVersion with the
// snapshot of the request, so that no answer outlives a change (docs/architecture.md, "Ask"). Only
// certificates that were issued are kept, and only under the four hashes, so a client cannot fill the memory
// with serials it makes up.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "http/message.h"
#include "ocsp/status.h"

namespace ocsp {

class SigningIdentity;

// How many CertIDs of an answer came out how.
struct Tally {
  std::uint32_t good = 0;
  std::uint32_t revoked = 0;
  std::uint32_t unknown = 0;
};

// A signed answer, kept or not.
struct SignedAnswer {
  pki::Bytes body;
  Tally tally;
  // Of the first CertID: kept answers have one.
  FactsVersion version;
  pki::Time produced_at;
  // The end of its grid window.
  pki::Time fresh_until;
  pki::Time next_update;
  // ETag with its quotes, and it with the other constant fields of RFC 9919 section 6.2; empty and null
  // unless everyone is answered and there is no nonce.
  std::string etag = {};
  http::HeaderBlock caching_fields = {};
};

// What a kept answer is an answer to. All of a CertID that matched is determined by these.
struct CacheKey {
  const SigningIdentity* responder = nullptr;
  std::uint64_t serial = 0;
  pki::HashAlgorithm hash_algorithm = pki::HashAlgorithm::sha1;
  HashParameters hash_parameters = HashParameters::absent;

  friend bool operator==(const CacheKey&, const CacheKey&) = default;
};

// Usable from any thread. Shards have locks of their own; within one, the clock algorithm evicts what was not
// used since the hand last passed.
class ResponseCache final {
 public:
  // 0 bytes: nothing is kept.
  explicit ResponseCache(std::size_t bytes_max) : shard_bytes_max_(bytes_max / kShards) {}

  // Null when there is none.
  [[nodiscard]] std::shared_ptr<const SignedAnswer> find(const CacheKey& key);
  void put(const CacheKey& key, std::shared_ptr<const SignedAnswer> answer);

  struct Size {
    std::size_t answers = 0;
    std::size_t bytes = 0;
  };
  [[nodiscard]] Size size() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct KeyHash {
    std::size_t operator()(const CacheKey& key) const;
  };
  struct Entry {
    std::shared_ptr<const SignedAnswer> answer;
    bool used = false;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<CacheKey, Entry, KeyHash> entries;  // These three guarded by mutex.
    std::deque<CacheKey> hand;
    std::size_t bytes = 0;
  };

  [[nodiscard]] Shard& shard_of(const CacheKey& key);
  static void evict(Shard& shard, std::size_t bytes_max);

  std::size_t shard_bytes_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace ocsp
