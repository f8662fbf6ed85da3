// The thread looks at everything that waits, several times a second: few wait at a time.

#include "mock/delays.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mock {

namespace {

constexpr std::chrono::milliseconds kLook{20};

}  // namespace

Delays::~Delays() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Delays::put(Hold hold, std::function<void()> act) {
  const std::lock_guard lock(mutex_);
  const auto at = SteadyClock::now() + hold.delay;
  waiting_.push_back({.at = at, .hold = std::move(hold), .act = std::move(act)});
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_all();
}

std::vector<Delays::Waiting> Delays::take_due() {
  const auto now = SteadyClock::now();
  const auto first = std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
    return one.at > now && !one.hold.is_over();
  });
  std::vector<Waiting> due(std::make_move_iterator(first), std::make_move_iterator(waiting_.end()));
  waiting_.erase(first, waiting_.end());
  return due;
}

void Delays::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (waiting_.empty())
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    else
      changed_.wait_for(lock, kLook, [this] { return ending_; });
    if (ending_) return;
    const std::vector<Waiting> due = take_due();
    lock.unlock();
    for (const Waiting& one : due)
      one.act();
    lock.lock();
  }
}

}  // namespace mock
