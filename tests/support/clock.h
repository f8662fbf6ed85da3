// A clock that is set by hand, and that can run a function in the middle of the writer's work.

#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "pki/time.h"

namespace support {

// 23 November 2026, 14:00 in Japan.
inline constexpr pki::Time kStart{pki::Seconds{1'795'410'000}};

// Usable from any thread.
class SettableClock final : public pki::Clock {
 public:
  [[nodiscard]] pki::Time now() const override {
    run_hook();
    return pki::from_unix(now_.load());
  }
  [[nodiscard]] std::int64_t now_milliseconds() const override { return now_.load() * 1000; }

  void set(pki::Time time) { now_ = pki::to_unix(time); }
  void advance(pki::Seconds by) { now_ += by.count(); }

  // Runs `function` once on another thread than this one, when that thread asks for the time for the n-th
  // time from now on (1 is the next): the writer does so once at the start of each batch, so what the
  // function submits is run within that batch, after the command that opened it.
  void at_batch(int n, std::function<void()> function) {
    const std::lock_guard lock(mutex_);
    owner_ = std::this_thread::get_id();
    countdown_ = n;
    hook_ = std::move(function);
  }

 private:
  void run_hook() const {
    std::function<void()> due;
    {
      const std::lock_guard lock(mutex_);
      if (!hook_ || std::this_thread::get_id() == owner_ || --countdown_ > 0) return;
      due = std::exchange(hook_, nullptr);
    }
    due();
  }

  std::atomic<std::int64_t> now_{pki::to_unix(kStart)};
  mutable std::mutex mutex_;
  mutable std::function<void()> hook_;  // Guarded by mutex_, as are the next two.
  mutable int countdown_ = 0;
  std::thread::id owner_;
};

}  // namespace support
