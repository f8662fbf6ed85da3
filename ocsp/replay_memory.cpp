// A set of marks and the order in which they came.

#include "ocsp/replay_memory.h"

#include <algorithm>

#include "pki/hash.h"

namespace ocsp {

std::size_t ReplayMemory::MarkHash::operator()(const Mark& mark) const {
  return static_cast<std::size_t>(pki::read_big_endian(pki::ByteView(mark).first(8)));
}

ReplayMemory::Mark ReplayMemory::mark_of(pki::SerialNumber credential, pki::ByteView nonce) {
  pki::Bytes input;
  pki::append_big_endian(input, credential.value, 8);
  pki::append(input, nonce);
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, input);
  Mark mark{};
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

NonceVerdict ReplayMemory::check(pki::SerialNumber credential, pki::ByteView nonce, pki::Time now) {
  const Mark mark = mark_of(credential, nonce);
  const std::lock_guard lock(mutex_);
  while (!order_.empty() && order_.front().at + window_ <= now) {
    marks_.erase(order_.front().mark);
    order_.pop_front();
  }
  if (marks_.contains(mark)) return NonceVerdict::repeated;
  if (order_.size() >= capacity_) return NonceVerdict::full;
  marks_.insert(mark);
  order_.push_back({now, mark});
  return NonceVerdict::fresh;
}

void ReplayMemory::forget(pki::SerialNumber credential, pki::ByteView nonce) {
  const Mark mark = mark_of(credential, nonce);
  const std::lock_guard lock(mutex_);
  if (marks_.erase(mark) == 0) return;
  // It was remembered a moment ago, so it stands near the end.
  const auto found =
      std::find_if(order_.rbegin(), order_.rend(), [&](const Seen& seen) { return seen.mark == mark; });
  if (found != order_.rend()) order_.erase(std::next(found).base());
}

std::size_t ReplayMemory::size() const {
  const std::lock_guard lock(mutex_);
  return order_.size();
}

}  // namespace ocsp
