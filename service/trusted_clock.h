// The clock that the service goes by: the wall clock, as long as it can be believed.
//
// A wall clock that leaps (a bad NTP source, a virtual machine restored) would date answers and lists years
// ahead and apply for ever what had not yet come due. So the wall clock is compared with CLOCK_BOOTTIME,
// which cannot be set and which runs while the machine sleeps, and at start with the store's last write. In
// doubt the time that was trusted last goes on, carried by CLOCK_BOOTTIME: answers, lists, holds and
// revocations are dated by it and never stop. Issuing and what time brings wait until the doubt has ended.

#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "pki/message.h"
#include "pki/time.h"

namespace service {

struct ClockLimits {
  // How far the wall clock may run ahead of elapsed time within a day, in all its steps together; how far it
  // may step back at once.
  pki::Seconds max_step{std::chrono::minutes{10}};
  // How long after the store's last write a start may be without an operator's word.
  pki::Seconds max_gap{std::chrono::hours{24}};
};

// Why the wall clock is not believed, and the time that is used instead.
struct ClockDoubt {
  pki::Time wall, trusted;
  // False: the doubt arose at start. Then nothing carries the time over the gap, and status is not answered.
  bool is_carried = true;

  // What is wrong and what to do, in one sentence.
  [[nodiscard]] pki::Message describe() const;
};

// Milliseconds of CLOCK_BOOTTIME: since the start of the machine, suspended or not.
using ElapsedTime = std::function<std::int64_t()>;

// Usable from any thread. The time that it gives never goes back.
class TrustedClock final : public pki::Clock {
 public:
  // `last_write` is the store's, absent for a new one: a wall clock that lies behind it, or more than
  // `limits.max_gap` ahead of it, is in doubt from the beginning. `wall` must outlive the object.
  TrustedClock(const pki::Clock& wall, ElapsedTime elapsed, ClockLimits limits,
               std::optional<pki::Time> last_write);

  [[nodiscard]] pki::Time now() const override { return pki::from_unix(now_milliseconds() / 1000); }
  [[nodiscard]] std::int64_t now_milliseconds() const override;

  // What the wall clock says, believed or not.
  [[nodiscard]] pki::Time wall_now() const { return wall_.now(); }
  // Absent when the wall clock is believed.
  [[nodiscard]] std::optional<ClockDoubt> doubt() const;
  // False while the time cannot be said to within the limits: a doubt since the start.
  [[nodiscard]] bool is_known() const { return state_.load(std::memory_order_acquire) != State::unknown; }
  // An operator's word that the wall clock is right. Gives the doubt that it ends; Errc::conflict when there
  // is none, and when the wall clock lies behind what was dated already by more than `limits.max_step`.
  [[nodiscard]] pki::Result<ClockDoubt> may_accept() const;
  pki::Result<void> accept();

 private:
  enum class State : std::uint8_t { believed, carried, unknown };
  struct Reading {
    std::int64_t elapsed = 0;
    // Wall clock minus elapsed time.
    std::int64_t offset = 0;
  };
  // Offsets that followed each other within an hour and were believed until a moment.
  struct Believed {
    std::int64_t until = 0, least = 0, greatest = 0;
  };

  [[nodiscard]] Reading read() const;
  // Each with mutex_ held.
  void judge(const Reading& reading) const;
  void believe(const Reading& reading) const;
  void believe_afresh(const Reading& reading) const;
  [[nodiscard]] bool is_plausible(std::int64_t offset) const;
  [[nodiscard]] bool ends_doubt(const Reading& reading) const;

  const pki::Clock& wall_;
  ElapsedTime elapsed_;
  const std::int64_t max_step_, max_gap_;
  mutable std::atomic<State> state_{State::believed};
  mutable std::atomic<std::int64_t> offset_{0};  // The one believed: trusted time minus elapsed time.
  mutable std::atomic<std::int64_t> latest_{0};  // The latest time given.
  mutable std::mutex mutex_;
  mutable std::deque<Believed> day_;   // Guarded by mutex_, as are the next two.
  mutable std::int64_t furthest_ = 0;  // The greatest offset seen in this doubt.
  mutable std::optional<std::int64_t> corrected_at_;
};

}  // namespace service
