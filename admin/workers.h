// Threads for requests that wait: for commits, signatures, publications.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace admin {

// A fixed number of threads and a bounded queue. Usable from any thread.
class Workers final {
 public:
  Workers(std::size_t threads, std::size_t queue_length_max);
  // Finishes what is queued.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False when the queue is full; the job is then dropped.
  [[nodiscard]] bool submit(std::function<void()> job);

 private:
  void loop();

  const std::size_t queue_length_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;  // Guarded by mutex_.
  bool stopping_ = false;                    // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace admin
