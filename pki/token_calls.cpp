// Threads that come when no other is free, and leave when many are.

#include "pki/token_calls.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace pki {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Threads that stay when there is nothing to do.
constexpr std::size_t kIdleCallersMost = 4;
// Calls that were given up and have not come back, each with a thread.
constexpr std::size_t kGivenUpMost = 64;
// While the token says nothing, one call is let in now and then, and waited for no longer than this.
constexpr std::chrono::seconds kBetweenTrials{10}, kTrial{2};
// How often it is looked whether a person has answered.
constexpr std::chrono::milliseconds kLook{50};

struct Call {
  std::function<void()> work;
  std::condition_variable done;
  std::exception_ptr fault = nullptr;
  bool is_done = false, is_given_up = false;
};

}  // namespace

struct TokenCalls::State {
  std::mutex mutex;
  // For the threads: there is a call, or the end.
  std::condition_variable changed;
  // The rest is guarded by the mutex.
  std::deque<std::shared_ptr<Call>> waiting;
  std::size_t threads = 0, idle = 0, given_up = 0, paused = 0;
  // From a call that was given up until the next that comes back.
  bool is_silent = false;
  // When the token finished a call last, and when it was last found silent or tried.
  SteadyClock::time_point finished, tried;
  bool is_ending = false;

  [[nodiscard]] bool lets_in(SteadyClock::time_point now) const {
    return given_up < kGivenUpMost && (!is_silent || now - tried >= kBetweenTrials);
  }

  // False when there is neither a free thread nor a new one.
  [[nodiscard]] static bool put(const std::shared_ptr<State>& state, const std::shared_ptr<Call>& call) {
    state->waiting.push_back(call);
    if (state->idle < state->waiting.size()) {
      try {
        std::thread([state] { serve(state); }).detach();
      } catch (const std::system_error&) {
        state->waiting.pop_back();
        return false;
      }
      ++state->threads;
    }
    state->changed.notify_one();
    return true;
  }

  // One call, without the lock while it runs. What the call owns is gone before it counts as come back.
  void make(const std::shared_ptr<Call>& call, std::unique_lock<std::mutex>& lock) {
    std::function<void()> work = std::move(call->work);
    lock.unlock();
    std::exception_ptr fault;
    try {
      work();
    } catch (...) {
      fault = std::current_exception();
    }
    work = nullptr;
    lock.lock();
    finished = SteadyClock::now();
    is_silent = false;
    if (call->is_given_up) --given_up;
    call->fault = fault;
    call->is_done = true;
    call->done.notify_one();
  }

  // A thread, from its begin to its end.
  static void serve(const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    for (;;) {
      if (!state->waiting.empty()) {
        const std::shared_ptr<Call> call = std::move(state->waiting.front());
        state->waiting.pop_front();
        state->make(call, lock);
        continue;
      }
      if (state->is_ending || state->idle == kIdleCallersMost) break;
      ++state->idle;
      state->changed.wait(lock, [&] { return state->is_ending || !state->waiting.empty(); });
      --state->idle;
    }
    --state->threads;
    state->changed.notify_all();
  }
};

TokenCalls::TokenCalls() : state_(std::make_shared<State>()) {}

TokenCalls::~TokenCalls() {
  std::unique_lock lock(state_->mutex);
  state_->is_ending = true;
  state_->changed.notify_all();
  // The last call that was given up may be what ends this object, on its own thread.
  state_->changed.wait(lock, [&] { return state_->threads <= state_->given_up; });
}

TokenCalls::Outcome TokenCalls::run(std::function<void()> work, CallPatience patience) {
  std::unique_lock lock(state_->mutex);
  State& state = *state_;
  const auto begin = SteadyClock::now();
  if (!state.lets_in(begin)) return Outcome::refused;
  if (state.is_silent) {
    state.tried = begin;
    patience.silence = std::min<std::chrono::milliseconds>(patience.silence, kTrial);
  }
  const auto call = std::make_shared<Call>();
  call->work = std::move(work);
  if (!State::put(state_, call)) return Outcome::refused;
  while (!call->is_done) {
    const auto end = std::min(std::max(begin, state.finished) + patience.silence, begin + patience.whole);
    if (state.paused > 0) {
      call->done.wait_for(lock, kLook);
    } else if (SteadyClock::now() < end) {
      call->done.wait_until(lock, end);
    } else {
      call->is_given_up = true;
      ++state.given_up;
      state.is_silent = true;
      state.tried = SteadyClock::now();
      return Outcome::given_up;
    }
  }
  if (call->fault) std::rethrow_exception(call->fault);
  return Outcome::done;
}

TokenCalls::Pause::Pause(TokenCalls& calls) : calls_(calls) {
  const std::lock_guard lock(calls_.state_->mutex);
  ++calls_.state_->paused;
}

TokenCalls::Pause::~Pause() {
  const std::lock_guard lock(calls_.state_->mutex);
  --calls_.state_->paused;
  // The token's time begins now.
  calls_.state_->finished = SteadyClock::now();
}

}  // namespace pki
