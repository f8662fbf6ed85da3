// Lists by address, and the addresses in the order of their numbers.

#include "http/connection_book.h"

namespace http {

namespace {

// Looking further costs more than it gives: addresses with fewer connections come next.
constexpr std::size_t kAddressesLookedAt = 8;

}  // namespace

void ConnectionBook::put(Booking& booking) {
  Group& all = group(booking.client_kind_);
  std::vector<Booking*>& own = all.by_share[booking.share_];
  all.by_count.erase({own.size(), booking.share_});
  booking.place_ = own.size();
  booking.is_booked_ = true;
  own.push_back(&booking);
  all.by_count.emplace(own.size(), booking.share_);
}

void ConnectionBook::take(Booking& booking) {
  if (!booking.is_booked_) return;
  booking.is_booked_ = false;
  Group& all = group(booking.client_kind_);
  const auto found = all.by_share.find(booking.share_);
  std::vector<Booking*>& own = found->second;
  all.by_count.erase({own.size(), booking.share_});
  own[booking.place_] = own.back();
  own[booking.place_]->place_ = booking.place_;
  own.pop_back();
  if (own.empty())
    all.by_share.erase(found);
  else
    all.by_count.emplace(own.size(), booking.share_);
}

void ConnectionBook::add(Booking& booking) {
  const std::lock_guard lock(mutex_);
  put(booking);
}

void ConnectionBook::remove(Booking& booking) {
  const std::lock_guard lock(mutex_);
  take(booking);
}

void ConnectionBook::promote(Booking& booking) {
  const std::lock_guard lock(mutex_);
  const bool was_booked = booking.is_booked_;
  take(booking);
  booking.client_kind_ = ClientKind::known;
  if (was_booked) put(booking);
}

std::size_t ConnectionBook::count_of(ClientKind client_kind, const AddressShare& share) const {
  const std::lock_guard lock(mutex_);
  const auto found = group(client_kind).by_share.find(share);
  return found == group(client_kind).by_share.end() ? 0 : found->second.size();
}

// Waiting for a request before being in the middle of one; longer before shorter.
Booking* ConnectionBook::longest_idle(const std::vector<Booking*>& bookings) {
  Booking* found = nullptr;
  std::pair<Rest, Booking::Clock::rep> order_of_found;
  for (Booking* const booking : bookings) {
    const std::pair order{booking->rest_.load(std::memory_order_relaxed),
                          booking->answered_at_.load(std::memory_order_relaxed)};
    if (order.first == Rest::busy || (found != nullptr && order_of_found <= order)) continue;
    found = booking;
    order_of_found = order;
  }
  return found;
}

bool ConnectionBook::give_way(Booking* booking) {
  if (booking == nullptr) return false;
  take(*booking);
  booking->give_way_();
  return true;
}

bool ConnectionBook::displace(ClientKind client_kind) {
  const std::lock_guard lock(mutex_);
  const Group& all = group(client_kind);
  std::size_t looked_at = 0;
  for (auto row = all.by_count.rbegin(); row != all.by_count.rend() && looked_at < kAddressesLookedAt;
       ++row, ++looked_at)
    if (Booking* const idle = longest_idle(all.by_share.at(row->second))) return give_way(idle);
  return false;
}

bool ConnectionBook::displace(ClientKind client_kind, const AddressShare& share) {
  const std::lock_guard lock(mutex_);
  const auto found = group(client_kind).by_share.find(share);
  return found != group(client_kind).by_share.end() && give_way(longest_idle(found->second));
}

}  // namespace http
