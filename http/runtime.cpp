// The runtime: loops, threads, signals and timers. The compiled part of Asio is in this file.

#include "http/runtime.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/impl/src.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <string>
#include <utility>

#include "http/runtime_internal.h"

namespace http {

// A function that is called again and again. It lives in the handler of its own timer.
struct Ticker {
  Ticker(asio::io_context& loop, std::chrono::milliseconds given_interval)
      : timer(loop), interval(given_interval), next(SteadyClock::now()) {}

  LoopTimer timer;
  std::chrono::milliseconds interval;
  SteadyClock::time_point next;
  std::function<void()> function;
  Executor executor;
};

Runtime::Internal::Internal(const pki::Clock& given_clock, RuntimeOptions given_options)
    : clock(given_clock),
      options(std::move(given_options)),
      control_guard(asio::make_work_guard(control)),
      signals(control) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t count = options.workers != 0 ? options.workers : cores;
  for (std::size_t i = 0; i < count; ++i)
    workers.push_back(std::make_shared<Worker>(i));
}

void Runtime::Internal::report(std::string_view message) noexcept {
  if (!options.on_error) return;
  try {
    options.on_error(message);
  } catch (...) {
    // A log that cannot be written must not end a connection; the caller cannot report it otherwise.
    return;
  }
}

void Runtime::Internal::begin_stop() {
  if (stopping.exchange(true)) return;
  for (const auto& worker : workers) {
    auto drain = [this, worker_ptr = worker.get()] {
      for (const auto& listener : on_drain)
        listener(worker_ptr->index);
      worker_ptr->guard.reset();
    };
    asio::post(worker->loop, std::move(drain));
  }
  auto quiet = [this] {
    ErrorCode ignored;
    signals.clear(ignored);
    signals.cancel(ignored);
    for (const auto& weak : tickers)
      if (const auto ticker = weak.lock()) ticker->timer.cancel();
  };
  asio::post(control, std::move(quiet));
}

void Runtime::Internal::run_worker(Worker& worker) {
  worker.thread = std::this_thread::get_id();
  ::pthread_setname_np(::pthread_self(), ("http-" + std::to_string(worker.index)).c_str());
  while (true) {
    try {
      worker.loop.run();
      break;
    } catch (const std::exception& error) {
      report(std::string("a serving thread met an unexpected fault and goes on: ") + error.what());
    }
  }
  // The last one lets run() return.
  if (--running_workers == 0) asio::post(control, [this] { control_guard.reset(); });
}

void Runtime::Internal::run_control_loop() {
  while (true) {
    try {
      control.run();
      return;
    } catch (...) {
      if (!failure) failure = std::current_exception();
      begin_stop();
    }
  }
}

void Runtime::Internal::wait_for_signal() {
  auto on_arrival = [this](const ErrorCode& error, int number) {
    if (error) return;
    wait_for_signal();
    on_signal(number);
  };
  signals.async_wait(std::move(on_arrival));
}

void Runtime::Internal::wait_for_tick(const std::shared_ptr<Ticker>& ticker) {
  // After a delay the missed calls are left out rather than made up for.
  ticker->next = std::max(ticker->next + ticker->interval, SteadyClock::now());
  ticker->timer.expires_at(ticker->next);
  auto on_time = [this, ticker](const ErrorCode& error) {
    if (error || stopping) return;
    wait_for_tick(ticker);
    if (ticker->executor)
      ticker->executor(ticker->function);
    else
      ticker->function();
  };
  ticker->timer.async_wait(std::move(on_time));
}

Runtime::Runtime(const pki::Clock& clock, RuntimeOptions options)
    : internal_(std::make_unique<Internal>(clock, std::move(options))) {
  // sendfile(2) has no MSG_NOSIGNAL: a client that goes away must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
}

Runtime::~Runtime() = default;

std::size_t Runtime::worker_count() const {
  return internal_->workers.size();
}

void Runtime::on_signal(std::initializer_list<int> signals, std::function<void(int)> function) {
  for (const int number : signals)
    internal_->signals.add(number);
  const bool is_waiting = static_cast<bool>(std::exchange(internal_->on_signal, std::move(function)));
  if (!is_waiting) internal_->wait_for_signal();
}

void Runtime::every(std::chrono::milliseconds interval, std::function<void()> function, Executor executor) {
  auto ticker = std::make_shared<Ticker>(internal_->control, interval);
  ticker->function = std::move(function);
  ticker->executor = std::move(executor);
  auto begin = [internal = internal_.get(), ticker = std::move(ticker)] {
    if (internal->stopping) return;
    internal->tickers.push_back(ticker);
    internal->wait_for_tick(ticker);
  };
  asio::post(internal_->control, std::move(begin));
}

void Runtime::post(std::function<void()> function) {
  asio::post(internal_->control, std::move(function));
}

void Runtime::run() {
  Internal& all = *internal_;
  all.running_workers = all.workers.size();
  std::vector<std::thread> threads;
  for (const auto& worker : all.workers) {
    auto serve = [&all, worker_ptr = worker.get()] { all.run_worker(*worker_ptr); };
    threads.emplace_back(std::move(serve));
  }
  all.run_control_loop();
  for (std::thread& thread : threads)
    thread.join();
  if (all.failure) std::rethrow_exception(all.failure);
}

void Runtime::stop() {
  internal_->begin_stop();
}

}  // namespace http
