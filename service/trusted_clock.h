// The clock that the service goes by: the wall clock, as long as it can be believed.
//
// A wall clock that leaps (a bad NTP source, a virtual machine restored) would date answers and lists years
// ahead and apply for ever what had not yet come due. So the wall clock is compared with CLOCK_BOOTTIME,
// which cannot be set and which runs while the machine sleeps, and at start with what the last process has
// left (service/clock_mark.h) and with the store's last write. In doubt the time that was trusted last goes
// on, carried by CLOCK_BOOTTIME: answers, lists, holds and revocations are dated by it and never stop.
// Issuing and what time brings wait until the doubt has ended.

#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

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

enum class ClockTrust : std::uint8_t {
  // The wall clock is.
  believed,
  // It is not; elapsed time carries the time that was.
  carried,
  // It is not, and nothing carries the time: a doubt since the start.
  unknown,
};

// Offsets that followed each other within an hour and were believed until a moment. An offset is the wall
// clock, or the time that is trusted, minus elapsed time.
struct BelievedOffsets {
  std::int64_t until = 0, least = 0, greatest = 0;

  friend bool operator==(const BelievedOffsets&, const BelievedOffsets&) = default;
};

// What a process knows of its clock at a moment, so that the next one goes on from there. Milliseconds.
struct ClockMark {
  ClockTrust trust = ClockTrust::believed;
  // The doubt is that of a process before the machine's start.
  bool is_inherited = false;
  std::int64_t elapsed = 0;
  // The latest time that was given, since 1970.
  std::int64_t latest = 0;
  // Offsets: the one believed, the wall clock's, and the greatest one of the doubt.
  std::int64_t offset = 0, wall_offset = 0, furthest = 0;
  // Elapsed time at the last correction that could not be checked.
  std::optional<std::int64_t> corrected_at;
  std::vector<BelievedOffsets> day;

  friend bool operator==(const ClockMark&, const ClockMark&) = default;
};

// What a process finds that starts.
struct LeftClock {
  ClockMark mark;
  // The machine has run since: its elapsed time goes on from the mark's.
  bool is_of_this_boot = false;
};

// Milliseconds of CLOCK_BOOTTIME: since the start of the machine, suspended or not.
using ElapsedTime = std::function<std::int64_t()>;

// Usable from any thread. The time that it gives never goes back.
class TrustedClock final : public pki::Clock {
 public:
  // `last_write` is the store's, absent for a new one: a wall clock that lies behind it, or more than
  // `limits.max_gap` ahead of it, is in doubt from the beginning. With what a process of this start of the
  // machine has left, the wall clock is judged as if that one had gone on; a doubt of before the machine's
  // start goes on until the wall clock has been corrected. A store that was written later than what was left
  // says more. `wall` must outlive the object.
  TrustedClock(const pki::Clock& wall, ElapsedTime elapsed, ClockLimits limits,
               std::optional<pki::Time> last_write, const std::optional<LeftClock>& left = {});

  [[nodiscard]] pki::Time now() const override { return pki::from_unix(now_milliseconds() / 1000); }
  [[nodiscard]] std::int64_t now_milliseconds() const override;

  // What the wall clock says, believed or not.
  [[nodiscard]] pki::Time wall_now() const { return wall_.now(); }
  // Absent when the wall clock is believed.
  [[nodiscard]] std::optional<ClockDoubt> doubt() const;
  // False while the time cannot be said to within the limits: a doubt since the start.
  [[nodiscard]] bool is_known() const {
    return state_.load(std::memory_order_acquire) != ClockTrust::unknown;
  }
  // For the process that follows.
  [[nodiscard]] ClockMark mark() const;
  // An operator's word that the wall clock is right. Gives the doubt that it ends; Errc::conflict when there
  // is none, and when the wall clock lies behind what was dated already by more than `limits.max_step`.
  [[nodiscard]] pki::Result<ClockDoubt> may_accept() const;
  pki::Result<void> accept();

 private:
  struct Reading {
    std::int64_t elapsed = 0;
    // Wall clock minus elapsed time.
    std::int64_t offset = 0;
  };

  [[nodiscard]] Reading read() const;
  // The three ways to begin.
  void begin(const Reading& reading, std::int64_t last);
  void go_on(const Reading& reading, const ClockMark& mark);
  void begin_after(const Reading& reading, const ClockMark& mark, std::int64_t last);
  // Each with mutex_ held.
  void judge(const Reading& reading) const;
  void believe(const Reading& reading) const;
  void believe_afresh(const Reading& reading) const;
  [[nodiscard]] bool is_plausible(std::int64_t offset) const;
  [[nodiscard]] bool ends_doubt(const Reading& reading) const;

  const pki::Clock& wall_;
  ElapsedTime elapsed_;
  const std::int64_t max_step_, max_gap_;
  mutable std::atomic<ClockTrust> state_{ClockTrust::believed};
  mutable std::atomic<std::int64_t> offset_{0};  // The one believed: trusted time minus elapsed time.
  mutable std::atomic<std::int64_t> latest_{0};  // The latest time given.
  mutable std::mutex mutex_;
  mutable std::deque<BelievedOffsets> day_;  // Guarded by mutex_, as are the next three.
  mutable std::int64_t furthest_ = 0;        // The greatest offset seen in this doubt.
  mutable std::optional<std::int64_t> corrected_at_;
  bool is_inherited_ = false;  // Of a doubt that is unknown.
};

}  // namespace service
