// Answers that are held back on purpose (the fault `slow`), until their time has come or the fault is over.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mock {

// How long an answer is held back.
struct Hold {
  std::chrono::milliseconds delay{0};
  // Looked at while it waits, from another thread: true lets it go.
  std::function<bool()> is_over;
};

// One thread for all that wait. Usable from any thread.
class Delays final {
 public:
  Delays() = default;
  // What still waits is dropped.
  ~Delays();
  Delays(const Delays&) = delete;
  Delays& operator=(const Delays&) = delete;

  // Calls `act` when the hold is over; it must not throw.
  void put(Hold hold, std::function<void()> act);

 private:
  using SteadyClock = std::chrono::steady_clock;
  struct Waiting {
    SteadyClock::time_point at;
    Hold hold;
    std::function<void()> act;
  };
  void run();
  // Those whose time has come. REQUIRES: mutex_ is held.
  [[nodiscard]] std::vector<Waiting> take_due();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;  // Guarded by mutex_, as are the next two.
  bool ending_ = false;
  // Begins with the first that waits.
  std::thread thread_;
};

}  // namespace mock
