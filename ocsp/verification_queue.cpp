// A line for each address, and whose turn it is.

#include "ocsp/verification_queue.h"

#include <algorithm>
#include <utility>

namespace ocsp {

std::optional<WaitingRequest> TurnsByAddress::push(WaitingRequest waiting) {
  const http::AddressShare share = http::share_of(waiting.request->peer.address);
  const auto own = by_address_.find(share);
  const std::size_t own_count = own == by_address_.end() ? 0 : own->second.size();
  if (own_count >= length_max_for_address_) return waiting;
  std::optional<WaitingRequest> displaced;
  if (size_ >= length_max_) {
    const auto greatest =
        std::ranges::max_element(by_address_, {}, [](const auto& entry) { return entry.second.size(); });
    if (greatest == by_address_.end() || greatest->second.size() <= own_count + 1) return waiting;
    displaced.emplace(std::move(greatest->second.back()));
    greatest->second.pop_back();
    --size_;
  }
  std::deque<WaitingRequest>& line = by_address_[share];
  if (line.empty()) turns_.push_back(share);
  line.push_back(std::move(waiting));
  ++size_;
  return displaced;
}

WaitingRequest TurnsByAddress::pop() {
  const http::AddressShare share = turns_.front();
  turns_.pop_front();
  const auto line = by_address_.find(share);
  WaitingRequest next = std::move(line->second.front());
  line->second.pop_front();
  --size_;
  if (line->second.empty())
    by_address_.erase(line);
  else
    turns_.push_back(share);
  return next;
}

}  // namespace ocsp
