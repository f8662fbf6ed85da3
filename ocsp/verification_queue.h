// The threads that verify request signatures, and the bounded queue in front of them, shared out by address.
//
// A queue of its own, so that verifying displaces no signing. Addresses take turns (IPv6: a /64 counts as
// one), whatever credential they claim, since a credential rides in every signed request and can be copied:
// a sender of forged requests waits for itself alone.

#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>

#include "http/address_share.h"
#include "ocsp/waiting_request.h"
#include "pki/work_queue.h"

namespace ocsp {

// The line of waiting requests in which addresses take turns. Not thread-safe by itself.
class TurnsByAddress final {
 public:
  // Over all addresses, and for each.
  TurnsByAddress(std::size_t length_max, std::size_t length_max_for_address)
      : length_max_(length_max), length_max_for_address_(length_max_for_address) {}

  // Gives the request back when its address has too many waiting, or there is no place and every address has
  // as few as this one. When the line is full and another address has more waiting, that one loses its last.
  [[nodiscard]] std::optional<WaitingRequest> push(WaitingRequest waiting);
  [[nodiscard]] WaitingRequest pop();
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t length_max_;
  std::size_t length_max_for_address_;
  std::map<http::AddressShare, std::deque<WaitingRequest>> by_address_;
  // Each address that waits once, in the order of their turns.
  std::deque<http::AddressShare> turns_;
  std::size_t size_ = 0;
};

using VerificationQueue = pki::WorkerPool<WaitingRequest, TurnsByAddress>;

}  // namespace ocsp
