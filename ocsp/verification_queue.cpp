// A queue for each address, and whose turn it is.

#include "ocsp/verification_queue.h"

#include <algorithm>
#include <utility>

namespace ocsp {

VerificationQueue::VerificationQueue(Options options, Work work) : options_(options), work_(std::move(work)) {
  threads_.reserve(options.threads);
  for (std::size_t i = 0; i < options.threads; ++i)
    threads_.emplace_back([this] { run(); });
}

VerificationQueue::~VerificationQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

std::optional<WaitingRequest> VerificationQueue::push(WaitingRequest waiting) {
  const http::AddressShare share = http::share_of(waiting.request->peer.address);
  std::optional<WaitingRequest> displaced;
  {
    const std::lock_guard lock(mutex_);
    const auto own = by_address_.find(share);
    const std::size_t own_count = own == by_address_.end() ? 0 : own->second.size();
    if (own_count >= options_.length_for_address) return waiting;
    if (waiting_ >= options_.length) {
      const auto greatest =
          std::ranges::max_element(by_address_, {}, [](const auto& entry) { return entry.second.size(); });
      if (greatest == by_address_.end() || greatest->second.size() <= own_count + 1) return waiting;
      displaced.emplace(std::move(greatest->second.back()));
      greatest->second.pop_back();
      --waiting_;
    }
    std::deque<WaitingRequest>& queue = by_address_[share];
    if (queue.empty()) turns_.push_back(share);
    queue.push_back(std::move(waiting));
    ++waiting_;
  }
  changed_.notify_one();
  return displaced;
}

std::size_t VerificationQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void VerificationQueue::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || waiting_ > 0; });
    if (waiting_ == 0) return;
    const http::AddressShare share = turns_.front();
    turns_.pop_front();
    const auto queue = by_address_.find(share);
    WaitingRequest next = std::move(queue->second.front());
    queue->second.pop_front();
    --waiting_;
    if (queue->second.empty())
      by_address_.erase(queue);
    else
      turns_.push_back(share);
    lock.unlock();
    work_(std::move(next));
    lock.lock();
  }
}

}  // namespace ocsp
