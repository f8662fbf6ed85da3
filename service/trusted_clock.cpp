// Offsets between two clocks. While the wall clock runs as time passes, the offset stays as it is; a step of
// the wall clock is a change of the offset. All numbers are milliseconds.

#include "service/trusted_clock.h"

#include <algorithm>
#include <cstdlib>

#include "pki/messages/service.h"

namespace service {

namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
// Within this much the offset is not looked at: a clock that is slewed changes it slowly.
constexpr std::int64_t kUnnoticed = 50;

std::int64_t in_milliseconds(pki::Seconds seconds) {
  return seconds.count() * 1000;
}

}  // namespace

pki::Message ClockDoubt::describe() const {
  return {is_carried ? messages::clock_differs_from_elapsed : messages::clock_differs_from_store,
          pki::to_rfc3339(wall), pki::to_rfc3339(trusted)};
}

TrustedClock::TrustedClock(const pki::Clock& wall, ElapsedTime elapsed, ClockLimits limits,
                           std::optional<pki::Time> last_write, const std::optional<LeftClock>& left)
    : wall_(wall),
      elapsed_(std::move(elapsed)),
      max_step_(in_milliseconds(limits.max_step)),
      max_gap_(in_milliseconds(limits.max_gap)) {
  const Reading reading = read();
  const std::int64_t last = last_write ? pki::to_unix(*last_write) * 1000 : reading.elapsed + reading.offset;
  if (!left) {
    begin(reading, last);
    return;
  }
  const ClockMark& mark = left->mark;
  // Elapsed time that goes back is another machine's, or that of another time namespace.
  const bool is_carried = left->is_of_this_boot && mark.elapsed <= reading.elapsed;
  const std::int64_t trusted = is_carried ? mark.offset + reading.elapsed : mark.latest;
  if (last > trusted + max_step_) {
    begin(reading, last);
    return;
  }
  latest_ = std::max(last, mark.latest);
  is_carried ? go_on(reading, mark) : begin_after(reading, mark, latest_);
}

void TrustedClock::begin(const Reading& reading, std::int64_t last) {
  const std::int64_t now = reading.elapsed + reading.offset;
  latest_ = last;
  if (now >= last - max_step_ && now <= last + max_gap_) {
    believe_afresh(reading);
    return;
  }
  offset_ = last - reading.elapsed;
  furthest_ = reading.offset;
  state_ = ClockTrust::unknown;
}

void TrustedClock::go_on(const Reading& reading, const ClockMark& mark) {
  offset_ = mark.offset;
  furthest_ = mark.furthest;
  corrected_at_ = mark.corrected_at;
  is_inherited_ = mark.is_inherited;
  day_.assign(mark.day.begin(), mark.day.end());
  state_ = mark.trust;
  judge(reading);
}

// A wall clock that was ahead when the machine ended, and was not corrected, is at least as far ahead now.
// How long the machine stood still is not known, so a correction of before that counts as one of just now.
void TrustedClock::begin_after(const Reading& reading, const ClockMark& mark, std::int64_t last) {
  if (mark.corrected_at) corrected_at_ = reading.elapsed - (mark.elapsed - *mark.corrected_at);
  const std::int64_t ahead = mark.wall_offset - mark.offset;
  if (mark.trust == ClockTrust::believed || ahead <= 0) return begin(reading, last);
  offset_ = last - reading.elapsed;
  furthest_ = offset_ + ahead;
  is_inherited_ = true;
  state_ = ClockTrust::unknown;
  judge(reading);
}

// A thread that is held up between the two clocks would see a step that was none.
TrustedClock::Reading TrustedClock::read() const {
  Reading reading;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const std::int64_t before = elapsed_();
    const std::int64_t wall = wall_.now_milliseconds();
    reading = {.elapsed = elapsed_(), .offset = 0};
    reading.offset = wall - reading.elapsed;
    if (reading.elapsed - before <= kUnnoticed / 2) break;
  }
  return reading;
}

std::int64_t TrustedClock::now_milliseconds() const {
  const Reading reading = read();
  const bool is_quiet = state_.load(std::memory_order_acquire) == ClockTrust::believed &&
                        std::abs(reading.offset - offset_.load(std::memory_order_acquire)) <= kUnnoticed;
  if (!is_quiet) {
    const std::lock_guard lock(mutex_);
    judge(reading);
  }
  const std::int64_t now = reading.elapsed + offset_.load(std::memory_order_acquire);
  std::int64_t latest = latest_.load(std::memory_order_relaxed);
  while (latest < now && !latest_.compare_exchange_weak(latest, now, std::memory_order_relaxed)) {
  }
  return std::max(latest, now);
}

void TrustedClock::judge(const Reading& reading) const {
  while (!day_.empty() && day_.front().until < reading.elapsed - kDay)
    day_.pop_front();
  if (state_ == ClockTrust::believed) {
    if (is_plausible(reading.offset)) {
      believe(reading);
      return;
    }
    furthest_ = reading.offset;
    state_ = ClockTrust::carried;
    return;
  }
  furthest_ = std::max(furthest_, reading.offset);
  if (!ends_doubt(reading)) return;
  if (is_plausible(reading.offset) && state_ == ClockTrust::carried) {
    believe(reading);
  } else {
    corrected_at_ = reading.elapsed;
    believe_afresh(reading);
  }
  state_ = ClockTrust::believed;
}

// Not further from any offset of a day, ahead or back, than the limit: steps of a day add up. A source that
// steps back again and again would hold the time still.
bool TrustedClock::is_plausible(std::int64_t offset) const {
  std::int64_t least = offset_, greatest = offset_;
  for (const BelievedOffsets& earlier : day_) {
    least = std::min(least, earlier.least);
    greatest = std::max(greatest, earlier.greatest);
  }
  return offset - least <= max_step_ && greatest - offset <= max_step_;
}

// The offset until now stays in mind for a day, together with others of the same hour.
void TrustedClock::believe(const Reading& reading) const {
  const std::int64_t before = offset_;
  if (day_.empty() || day_.back().until < reading.elapsed - kHour)
    day_.push_back({.until = reading.elapsed, .least = before, .greatest = before});
  else
    day_.back() = {.until = day_.back().until,
                   .least = std::min(day_.back().least, before),
                   .greatest = std::max(day_.back().greatest, before)};
  offset_ = reading.offset;
}

void TrustedClock::believe_afresh(const Reading& reading) const {
  day_.clear();
  offset_ = reading.offset;
}

// The wall clock is back where it was expected. Or it has stepped back from a false future to within a gap's
// length after the last trusted moment, or, in a doubt since the start, forward from behind it: a correction.
// Of those that cannot be checked against elapsed time one a day is believed, or a bad source could go ahead
// by leaps and corrections.
bool TrustedClock::ends_doubt(const Reading& reading) const {
  if (state_ == ClockTrust::carried && is_plausible(reading.offset)) return true;
  const std::int64_t ahead = reading.offset - offset_;
  if (ahead < -max_step_ || ahead > max_gap_) return false;
  if (state_ == ClockTrust::unknown && (!is_inherited_ || ahead <= max_step_)) return true;
  const bool has_stepped_back = reading.offset < furthest_ - max_step_;
  return has_stepped_back && (!corrected_at_ || *corrected_at_ < reading.elapsed - kDay);
}

ClockMark TrustedClock::mark() const {
  static_cast<void>(now_milliseconds());
  const std::lock_guard lock(mutex_);
  const Reading reading = read();
  return {.trust = state_,
          .is_inherited = is_inherited_,
          .elapsed = reading.elapsed,
          .latest = latest_,
          .offset = offset_,
          .wall_offset = reading.offset,
          .furthest = furthest_,
          .corrected_at = corrected_at_,
          .day = {day_.begin(), day_.end()}};
}

std::optional<ClockDoubt> TrustedClock::doubt() const {
  const pki::Time trusted = now();
  const ClockTrust state = state_;
  if (state == ClockTrust::believed) return std::nullopt;
  return ClockDoubt{.wall = wall_.now(), .trusted = trusted, .is_carried = state == ClockTrust::carried};
}

pki::Result<ClockDoubt> TrustedClock::may_accept() const {
  const auto doubted = doubt();
  if (!doubted) return pki::fail(pki::Errc::conflict, messages::clock_not_doubted);
  const std::int64_t behind = latest_ - wall_.now_milliseconds();
  if (behind > max_step_)
    return pki::fail(pki::Errc::conflict, {messages::clock_in_past, pki::to_rfc3339(doubted->wall),
                                           pki::to_rfc3339(doubted->trusted)});
  return *doubted;
}

pki::Result<void> TrustedClock::accept() {
  TRY(may_accept());
  const std::lock_guard lock(mutex_);
  believe_afresh(read());
  state_ = ClockTrust::believed;
  return {};
}

}  // namespace service
