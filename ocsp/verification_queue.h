// The thread that verifies request signatures, and the bounded queue in front of it, shared out by address.
//
// A queue of its own, so that verifying displaces no signing. Addresses take turns (IPv6: a /64 counts as
// one), whatever credential they claim, since a credential rides in every signed request and can be copied:
// who sends forged requests waits for itself alone.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "http/address_share.h"
#include "ocsp/waiting_request.h"

namespace ocsp {

class VerificationQueue final {
 public:
  // Runs on one of the threads; must not throw.
  using Work = std::function<void(WaitingRequest)>;

  struct Options {
    std::size_t threads = 1;
    // Over all addresses, and for each.
    std::size_t length = 1024;
    std::size_t length_for_address = 256;
  };

  VerificationQueue(Options options, Work work);
  // Finishes what is queued.
  ~VerificationQueue();
  VerificationQueue(const VerificationQueue&) = delete;
  VerificationQueue& operator=(const VerificationQueue&) = delete;

  // Gives the request back when its address has too many waiting, or there is no place and every address has
  // as few as this one. When the queue is full and another address has more waiting, that one loses its last.
  [[nodiscard]] std::optional<WaitingRequest> push(WaitingRequest waiting);
  [[nodiscard]] std::size_t waiting() const;

 private:
  void run();

  Options options_;
  Work work_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_. `turns_` has each address that waits once, in the order of their turns.
  std::map<http::AddressShare, std::deque<WaitingRequest>> by_address_;
  std::deque<http::AddressShare> turns_;
  std::size_t waiting_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ocsp
