// Marks are the first half of a SHA-256: an asker cannot make another's request look like a failed one.

#include "ocsp/failed_requests.h"

#include <algorithm>

#include "pki/hash.h"

namespace ocsp {

FailedRequests::Mark FailedRequests::mark_of(pki::ByteView request) {
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, request);
  Mark mark{};
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

void FailedRequests::forget_oldest() {
  marks_.erase(order_.front().mark);
  order_.pop_front();
}

void FailedRequests::remember(pki::ByteView request, pki::Time now) {
  const Mark mark = mark_of(request);
  const std::lock_guard lock(mutex_);
  if (!marks_.insert(mark).second) return;
  order_.push_back({now, mark});
  if (order_.size() > entries_max_) forget_oldest();
}

bool FailedRequests::contains(pki::ByteView request, pki::Time now) {
  {
    const std::lock_guard lock(mutex_);
    // Also what a clock that went back has left in the future.
    while (!order_.empty() && (order_.front().at + pki::Seconds{1} < now || order_.front().at > now))
      forget_oldest();
    if (order_.empty()) return false;
  }
  const Mark mark = mark_of(request);
  const std::lock_guard lock(mutex_);
  return marks_.contains(mark);
}

}  // namespace ocsp
