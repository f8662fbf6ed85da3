// Which connections a listener has, by whose they are, and which one makes room for a newcomer, whatever
// serving thread each of them is on.
//
// Known clients are those of a registered network and those that have shown a credential; all others are
// strangers. A stranger never displaces a known client.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "http/address_share.h"

namespace http {

enum class ClientKind : std::uint8_t { stranger, known };

// What may be done to a connection to make room: one that waits for a request gives way before one that has
// sent a part of one, and one whose request is being answered never does.
enum class Rest : std::uint8_t { waiting, reading, busy };

// One connection as the book sees it. It is made, changed and ended by the connection's own thread.
class Booking final {
 public:
  using Clock = std::chrono::steady_clock;

  // `give_way` is called once at most, from any thread, when the connection must make room: it asks the
  // connection's own thread to end it, and must neither wait nor throw.
  Booking(ClientKind client_kind, AddressShare share, std::function<void()> give_way)
      : client_kind_(client_kind), share_(share), give_way_(std::move(give_way)), answered_at_(now()) {}
  Booking(const Booking&) = delete;
  Booking& operator=(const Booking&) = delete;

  [[nodiscard]] ClientKind client_kind() const { return client_kind_; }
  [[nodiscard]] const AddressShare& share() const { return share_; }
  void set_rest(Rest rest) { rest_.store(rest, std::memory_order_relaxed); }
  // An answer has gone out.
  void note_answer(Clock::time_point when) {
    answered_at_.store(when.time_since_epoch().count(), std::memory_order_relaxed);
  }

 private:
  friend class ConnectionBook;
  static Clock::rep now() { return Clock::now().time_since_epoch().count(); }

  ClientKind client_kind_;  // Changed under the book's lock.
  AddressShare share_;
  std::function<void()> give_way_;
  std::size_t place_ = 0;  // Guarded by the book's lock, as is the next.
  bool is_booked_ = false;
  std::atomic<Rest> rest_{Rest::waiting};
  // The connection's beginning before the first answer.
  std::atomic<Clock::rep> answered_at_;
};

// Usable from any thread.
class ConnectionBook final {
 public:
  void add(Booking& booking);
  // Nothing for one that is not there. Afterwards the booking may end.
  void remove(Booking& booking);
  // A stranger has become known.
  void promote(Booking& booking);

  [[nodiscard]] std::size_t count_of(ClientKind client_kind, const AddressShare& share) const;
  // Has the connection give way that waits longest for a request, of the address that has most; it counts as
  // gone at once. False when none waits.
  bool displace(ClientKind client_kind);
  // The same of one address.
  bool displace(ClientKind client_kind, const AddressShare& share);

 private:
  struct Group {
    std::map<AddressShare, std::vector<Booking*>> by_share;
    // The same, by how many they are.
    std::set<std::pair<std::size_t, AddressShare>> by_count;
  };
  // Each with mutex_ held.
  [[nodiscard]] Group& group(ClientKind client_kind) {
    return client_kind == ClientKind::known ? known_ : strangers_;
  }
  [[nodiscard]] const Group& group(ClientKind client_kind) const {
    return client_kind == ClientKind::known ? known_ : strangers_;
  }
  static Booking* longest_idle(const std::vector<Booking*>& bookings);
  void put(Booking& booking);
  void take(Booking& booking);
  bool give_way(Booking* booking);

  mutable std::mutex mutex_;
  Group strangers_, known_;
};

}  // namespace http
