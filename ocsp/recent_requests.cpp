// Marks are the first half of a SHA-256: an asker cannot make another's request look like one of these.

#include "ocsp/recent_requests.h"

#include <algorithm>

#include "pki/hash.h"

namespace ocsp {

RecentRequests::Mark RecentRequests::mark_of(pki::ByteView request) {
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, request);
  Mark mark{};
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

void RecentRequests::forget_oldest() {
  marks_.erase(order_.front().mark);
  order_.pop_front();
}

// Also what a clock that went back has left in the future.
void RecentRequests::forget_old(pki::Time now) {
  while (!order_.empty() && (order_.front().at + kept_for_ < now || order_.front().at > now))
    forget_oldest();
}

bool RecentRequests::remember(pki::ByteView request, pki::Time now) {
  const Mark mark = mark_of(request);
  const std::lock_guard lock(mutex_);
  forget_old(now);
  if (!marks_.insert(mark).second) return false;
  order_.push_back({now, mark});
  if (order_.size() > entries_max_) forget_oldest();
  return true;
}

bool RecentRequests::contains(pki::ByteView request, pki::Time now) {
  {
    const std::lock_guard lock(mutex_);
    forget_old(now);
    if (order_.empty()) return false;
  }
  const Mark mark = mark_of(request);
  const std::lock_guard lock(mutex_);
  return marks_.contains(mark);
}

}  // namespace ocsp
