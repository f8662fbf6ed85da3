// What a service does by itself: functions that are called again and again, as a table of names and
// intervals.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/runtime.h"

namespace service {

struct BackgroundTask {
  // Names the task in the log, e.g. "crl publication".
  std::string name;
  // From the end of one call to the next.
  std::chrono::milliseconds interval;
  std::function<void()> run;
};

// Calls each task at once, and then at its interval, on a thread of its own until the end. The destructor
// waits for what is running.
class Background final {
 public:
  // `on_error` hears of exceptions; the next call comes all the same.
  Background(std::vector<BackgroundTask> tasks, const http::ErrorHandler& on_error);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

 private:
  void repeat(const BackgroundTask& task, const http::ErrorHandler& on_error);

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace service
