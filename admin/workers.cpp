// A plain thread pool.

#include "admin/workers.h"

#include <utility>

namespace admin {

Workers::Workers(std::size_t threads, std::size_t queue_length_max) : queue_length_max_(queue_length_max) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { loop(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

bool Workers::submit(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() >= queue_length_max_) return false;
  queue_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

void Workers::loop() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
}

}  // namespace admin
