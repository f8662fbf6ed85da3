// A set of marks, the order in which they came, and how many are whose.

#include "ocsp/replay_memory.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "pki/hash.h"

namespace ocsp {

std::size_t ReplayMemory::MarkHash::operator()(const NonceMark& mark) const {
  return static_cast<std::size_t>(pki::read_big_endian(pki::ByteView(mark).first(8)));
}

NonceMark ReplayMemory::mark_of(pki::SerialNumber credential, pki::ByteView nonce) {
  pki::Bytes input;
  pki::append_big_endian(input, credential.value, 8);
  pki::append(input, nonce);
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, input);
  NonceMark mark{};
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

void ReplayMemory::attach(ReplayLog::Opened opened, const Moment& now) {
  const std::lock_guard lock(mutex_);
  for (const NonceEntry& entry : opened.entries) {
    if (!marks_.insert(entry.mark).second) continue;
    order_.push_back({entry, now.elapsed - std::clamp(now.time - entry.at, pki::Seconds{0}, window_)});
    ++counts_[entry.credential.value];
  }
  log_ = std::move(opened.log);
}

void ReplayMemory::drop(const NonceEntry& entry) {
  marks_.erase(entry.mark);
  const auto count = counts_.find(entry.credential.value);
  if (--count->second == 0) counts_.erase(count);
}

bool ReplayMemory::is_full_for(pki::SerialNumber credential) const {
  const auto found = counts_.find(credential.value);
  const std::size_t own = found == counts_.end() ? 0 : found->second;
  return own >= per_credential_ || order_.size() + own >= 2 * per_credential_;
}

NonceVerdict ReplayMemory::check(pki::SerialNumber credential, pki::ByteView nonce, const Moment& now) {
  const NonceEntry entry{now.time, credential, mark_of(credential, nonce)};
  const std::lock_guard lock(mutex_);
  while (!order_.empty() && order_.front().since + window_ <= now.elapsed) {
    drop(order_.front().entry);
    order_.pop_front();
  }
  if (marks_.contains(entry.mark)) return NonceVerdict::repeated;
  if (is_full_for(credential)) return NonceVerdict::full;
  if (log_ && !log_->remember(entry)) return NonceVerdict::unwritable;
  marks_.insert(entry.mark);
  order_.push_back({entry, now.elapsed});
  ++counts_[credential.value];
  return NonceVerdict::fresh;
}

void ReplayMemory::forget(pki::SerialNumber credential, pki::ByteView nonce) {
  const NonceMark mark = mark_of(credential, nonce);
  const std::lock_guard lock(mutex_);
  if (!marks_.contains(mark)) return;
  // It was remembered a moment ago, so it stands near the end.
  const auto found = std::find_if(order_.rbegin(), order_.rend(),
                                  [&](const Remembered& one) { return one.entry.mark == mark; });
  const NonceEntry entry = found->entry;
  drop(entry);
  order_.erase(std::next(found).base());
  // If this is not written, the request is refused after a restart as if it had been answered.
  if (log_) static_cast<void>(log_->forget(entry));
}

std::size_t ReplayMemory::size() const {
  const std::lock_guard lock(mutex_);
  return order_.size();
}

}  // namespace ocsp
