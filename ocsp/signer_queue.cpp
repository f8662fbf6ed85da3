// A queue, a condition and some threads.

#include "ocsp/signer_queue.h"

#include <utility>

namespace ocsp {

SignerQueue::SignerQueue(Options options, Work work) : length_(options.length), work_(std::move(work)) {
  threads_.reserve(options.threads);
  for (std::size_t i = 0; i < options.threads; ++i)
    threads_.emplace_back([this] { run(); });
}

SignerQueue::~SignerQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

std::optional<SigningJob> SignerQueue::push(SigningJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= length_) return job;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return std::nullopt;
}

std::size_t SignerQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void SignerQueue::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    SigningJob job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    work_(std::move(job));
    lock.lock();
  }
}

}  // namespace ocsp
