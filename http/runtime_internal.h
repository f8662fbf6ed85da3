// What the servers of this module share with the runtime. Only for http/*.cpp: it includes Asio.

#pragma once

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "http/runtime.h"

namespace http {

namespace asio = boost::asio;

using ErrorCode = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;
using LoopExecutor = asio::io_context::executor_type;
using LoopGuard = asio::executor_work_guard<LoopExecutor>;
// With the executor of one loop in their types, so that no call goes through a type-erased executor.
using LoopTimer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, LoopExecutor>;
template <typename T>
using Awaitable = asio::awaitable<T, LoopExecutor>;

// co_await f(..., kAwait) gives a tuple of the error code and the result, and never throws.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<LoopExecutor>> kAwait{};

// One serving thread's event loop. Everything that belongs to its connections is touched by its thread alone.
struct Worker {
  explicit Worker(std::size_t number) : index(number), guard(asio::make_work_guard(loop)) {}

  std::size_t index;
  // Set before the loop runs anything.
  std::thread::id thread;
  // The hint says that one thread runs it; others may still post to it.
  asio::io_context loop{1};
  std::optional<LoopGuard> guard;
};

struct Runtime::Internal {
  Internal(const pki::Clock& given_clock, RuntimeOptions given_options);

  // Passes a fault on; never throws.
  void report(std::string_view message) noexcept;
  void begin_stop();
  void run_worker(Worker& worker);
  void run_control_loop();
  void wait_for_signal();
  void wait_for_tick(const std::shared_ptr<struct Ticker>& ticker);

  const pki::Clock& clock;
  RuntimeOptions options;
  // Shared, so that a late Reply can see whether its loop still exists.
  std::vector<std::shared_ptr<Worker>> workers;
  // Called on each worker's thread when the drain begins. Filled before run().
  std::vector<std::function<void(std::size_t worker)>> on_drain;

  // Signals, timers and posted functions, on the thread of run().
  asio::io_context control{1};
  std::optional<LoopGuard> control_guard;
  asio::basic_signal_set<LoopExecutor> signals;
  std::function<void(int)> on_signal;
  std::vector<std::weak_ptr<Ticker>> tickers;
  std::exception_ptr failure;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> running_workers{0};
};

}  // namespace http
