// The threads of the program: one event loop per core for connections, and the calling thread for signals,
// timers and posted functions.
//
// A slow timer function therefore never delays a connection. Nothing here knows about HTTP.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "pki/time.h"

namespace http {

// Runs a function somewhere else, e.g. pushes it to the queue of a thread.
using Executor = std::function<void(std::function<void()>)>;

// Called with faults that no caller sees, in one line without personal items. Called from any thread.
using ErrorHandler = std::function<void(std::string_view)>;

struct RuntimeOptions {
  // Serving threads, each with its own event loop; 0 means one per core.
  std::size_t workers = 0;
  // Empty: faults are not reported.
  ErrorHandler on_error = {};
};

// Life: construct, add servers, signals and timers, run(), stop() from anywhere, run() returns, destroy.
class Runtime final {
 public:
  // `clock` gives the Date of responses; it must outlive the runtime and be usable from any thread.
  explicit Runtime(const pki::Clock& clock, RuntimeOptions options = {});
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  [[nodiscard]] std::size_t worker_count() const;

  // Calls `function` with the signal's number on the thread of run(). The signals are caught from now until
  // stop(), after which they have their usual effect: a second Ctrl-C ends a slow drain. Call before run(); a
  // later call adds signals and replaces the function.
  void on_signal(std::initializer_list<int> signals, std::function<void(int)> function);

  // Calls `function` every `interval`, first after one interval, until stop(): on the thread of run(), or
  // through `executor` when one is given. A long job belongs on a thread of its own.
  void every(std::chrono::milliseconds interval, std::function<void()> function, Executor executor = {});

  // Calls `function` soon on the thread of run(). From any thread.
  void post(std::function<void()> function);

  // Blocks until stop() was called and everything has drained: no new connections, requests in flight finish,
  // idle connections close at once, the rest are closed after their listener's Limits::drain_timeout.
  // Rethrows what a timer or posted function throws, after a drain. May be called once.
  void run();

  // Starts the drain. From any thread and from signal functions; further calls do nothing.
  void stop();

  // For the servers of this module; defined in http/runtime_internal.h.
  struct Internal;
  [[nodiscard]] Internal& internal() { return *internal_; }

 private:
  std::unique_ptr<Internal> internal_;
};

}  // namespace http
