// Requests whose signature did not verify, for a second: the same bytes are not calculated twice.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>

#include "pki/bytes.h"
#include "pki/time.h"

namespace ocsp {

// Bounded: when it is full, the oldest is forgotten. Usable from any thread.
class FailedRequests final {
 public:
  explicit FailedRequests(std::size_t entries_max) : entries_max_(entries_max) {}

  void remember(pki::ByteView request, pki::Time now);
  // Whether it was remembered in this second or the one before.
  [[nodiscard]] bool contains(pki::ByteView request, pki::Time now);

 private:
  using Mark = std::array<std::uint8_t, 16>;
  struct Entry {
    pki::Time at;
    Mark mark;
  };
  static Mark mark_of(pki::ByteView request);
  void forget_oldest();

  const std::size_t entries_max_;
  std::mutex mutex_;
  std::set<Mark> marks_;  // These two guarded by mutex_; they hold the same entries.
  std::deque<Entry> order_;
};

}  // namespace ocsp
