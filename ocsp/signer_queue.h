// The threads that sign, and the bounded queue in front of them.
//
// Serving threads only put jobs in; whoever finds the queue full is told at once, so overload costs answers
// (tryLater) and neither memory nor the answers that need no signature.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ocsp/waiting_request.h"

namespace ocsp {

class SignerQueue final {
 public:
  // Runs on one of the threads; must not throw. Nothing: the request is dropped, and answered with 500
  // (http/reply.h).
  using Work = std::function<std::optional<http::Response>(const WaitingRequest&)>;

  struct Options {
    std::size_t threads = 1;
    std::size_t length = 1024;
  };

  SignerQueue(Options options, Work work);
  // Finishes what is queued.
  ~SignerQueue();
  SignerQueue(const SignerQueue&) = delete;
  SignerQueue& operator=(const SignerQueue&) = delete;

  // Gives the request back when the queue is full.
  [[nodiscard]] std::optional<WaitingRequest> push(WaitingRequest waiting);
  [[nodiscard]] std::size_t waiting() const;

 private:
  using SteadyClock = std::chrono::steady_clock;
  void run();
  [[nodiscard]] bool is_time_to_hand_over(std::size_t finished, SteadyClock::time_point oldest) const;

  Options options_;
  Work work_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WaitingRequest> jobs_;  // This and ending_ guarded by mutex_.
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ocsp
