// The signed requests of late, by their bytes: those that failed, which are not calculated twice, and those
// that were proved, which prove nothing a second time, since anyone may have seen them.

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
class RecentRequests final {
 public:
  // Each is remembered until `kept_for` after its second.
  RecentRequests(std::size_t entries_max, pki::Seconds kept_for)
      : entries_max_(entries_max), kept_for_(kept_for) {}

  // False when it is remembered already.
  bool remember(pki::ByteView request, pki::Time now);
  [[nodiscard]] bool contains(pki::ByteView request, pki::Time now);

 private:
  using Mark = std::array<std::uint8_t, 16>;
  struct Entry {
    pki::Time at;
    Mark mark;
  };
  static Mark mark_of(pki::ByteView request);
  // The next two with mutex_ held.
  void forget_old(pki::Time now);
  void forget_oldest();

  const std::size_t entries_max_;
  const pki::Seconds kept_for_;
  std::mutex mutex_;
  std::set<Mark> marks_;  // These two guarded by mutex_; they hold the same entries.
  std::deque<Entry> order_;
};

}  // namespace ocsp
