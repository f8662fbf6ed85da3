// The threads that sign, and the bounded queue in front of them.
//
// Serving threads only put jobs in; a full queue is known at once, so overload costs answers (tryLater) and
// neither memory nor the answers that need no signature.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "ocsp/waiting_request.h"
#include "pki/work_queue.h"

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

  // Gives the request back when the queue is full.
  [[nodiscard]] std::optional<WaitingRequest> push(WaitingRequest waiting) {
    return pool_.push(std::move(waiting));
  }
  [[nodiscard]] std::size_t waiting() const { return pool_.waiting(); }

 private:
  using Pool = pki::WorkerPool<WaitingRequest>;
  using SteadyClock = std::chrono::steady_clock;
  void run(Pool::Queue& queue) const;
  [[nodiscard]] bool is_time_to_hand_over(std::size_t finished, std::size_t waiting,
                                          SteadyClock::time_point oldest) const;

  Options options_;
  Work work_;
  Pool pool_;  // Last: its threads use the others. What is queued is finished at the end.
};

}  // namespace ocsp
