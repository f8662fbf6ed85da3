// Calls that do not come back: given up, refused, and let in again; and what they keep alive.

#include "pki/token_calls.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace pki {

namespace {

using Outcome = TokenCalls::Outcome;
using namespace std::chrono_literals;

constexpr CallPatience kShort{.silence = 20ms, .whole = 1h}, kLong{.silence = 1h, .whole = 1h};

// A call that hangs until the end of this object.
class Hanging final {
 public:
  Hanging() : opened_(gate_.get_future().share()) {}
  ~Hanging() { gate_.set_value(); }
  Hanging(const Hanging&) = delete;
  Hanging& operator=(const Hanging&) = delete;

  // What the call uses, as long as it lives.
  [[nodiscard]] std::weak_ptr<int> used() const { return used_; }
  std::function<void()> call() {
    auto used = std::make_shared<int>(0);
    used_ = used;
    return [used, opened = opened_] { opened.wait(); };
  }

 private:
  std::promise<void> gate_;
  std::shared_future<void> opened_;
  std::weak_ptr<int> used_;
};

void nothing() {}

}  // namespace

TEST_CASE("a call is made, on another thread, and what it throws is thrown") {
  TokenCalls calls;
  const auto other = std::make_shared<std::thread::id>();
  CHECK(calls.run([other] { *other = std::this_thread::get_id(); }, kLong) == Outcome::done);
  CHECK(*other != std::thread::id());
  CHECK(*other != std::this_thread::get_id());
  CHECK_THROWS_AS(calls.run([] { throw std::out_of_range("no"); }, kLong), std::out_of_range);
  CHECK(calls.run(nothing, kLong) == Outcome::done);
}

TEST_CASE("a call that hangs is given up, the next are refused at once, and its return lets them in") {
  TokenCalls calls;
  {
    Hanging hanging;
    CHECK(calls.run(hanging.call(), kShort) == Outcome::given_up);
    for (int i = 0; i < 100; ++i)
      CHECK(calls.run(nothing, kLong) == Outcome::refused);
  }
  Outcome outcome = Outcome::refused;
  while (outcome == Outcome::refused)
    outcome = calls.run(nothing, kLong);
  CHECK(outcome == Outcome::done);
}

TEST_CASE("calls that go on are not hurt by one that hangs") {
  TokenCalls calls;
  std::future<Outcome> going_on;
  Hanging hanging, other;
  going_on = std::async(std::launch::async, [&calls, call = other.call()] { return calls.run(call, kLong); });
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n)
        done += calls.run(nothing, kLong) == Outcome::done ? 1 : 0;
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(done == 800);
  CHECK(calls.run(hanging.call(), kShort) == Outcome::given_up);
  CHECK(going_on.wait_for(0s) == std::future_status::timeout);
}

TEST_CASE("the end waits for no call that was given up, and that keeps what it uses until it returns") {
  std::weak_ptr<int> used;
  {
    Hanging hanging;
    {
      TokenCalls calls;
      CHECK(calls.run(hanging.call(), kShort) == Outcome::given_up);
    }
    used = hanging.used();
    CHECK_FALSE(used.expired());
  }
  while (!used.expired())
    std::this_thread::yield();
}

TEST_CASE("who is asked for something has time") {
  const auto calls = std::make_shared<TokenCalls>();
  const auto ask = [calls] {
    const TokenCalls::Pause pause(*calls);
    std::this_thread::sleep_for(10 * kShort.silence);
  };
  CHECK(calls->run(ask, kShort) == Outcome::done);
}

}  // namespace pki
