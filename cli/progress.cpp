// Drawing on standard error.

#include "cli/progress.h"

#include <unistd.h>

#include <iostream>

namespace cli {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

Progress::Progress(std::string what, std::uint64_t total, Display display)
    : what_(std::move(what)),
      total_(total),
      visible_(display == Display::automatic && ::isatty(STDERR_FILENO) != 0),
      start_(steady_clock::now()),
      last_drawn_(start_) {}

Progress::~Progress() {
  clear();
}

void Progress::clear() {
  const std::lock_guard lock(mutex_);
  if (drawn_) std::cerr << "\r\033[K" << std::flush;
  drawn_ = false;
}

void Progress::add(std::uint64_t count) {
  done_ += count;
  if (visible_ && steady_clock::now() - start_ > 2s) draw();
}

void Progress::draw() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || steady_clock::now() - last_drawn_ < 200ms) return;
  last_drawn_ = steady_clock::now();
  drawn_ = true;
  std::cerr << "\r" << what_ << ": " << done_ << (total_ > 0 ? " / " + std::to_string(total_) : std::string())
            << "\033[K" << std::flush;
}

Waiting::Waiting(std::string what, Progress::Display display) {
  if (display == Progress::Display::off || ::isatty(STDERR_FILENO) == 0) return;
  thread_ = std::jthread([this, what = std::move(what)](const std::stop_token& stop) { run(stop, what); });
}

Waiting::~Waiting() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Waiting::run(const std::stop_token& stop, const std::string& what) {
  const auto start = steady_clock::now();
  std::unique_lock lock(mutex_);
  // Woken by the request to stop alone.
  const auto is_over = [&](auto pause) {
    return ended_.wait_for(lock, stop, pause, [] { return false; }) || stop.stop_requested();
  };
  if (is_over(2s)) return;
  do {
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - start);
    std::cerr << "\r" << what << ": " << passed.count() << " s\033[K" << std::flush;
  } while (!is_over(1s));
  std::cerr << "\r\033[K" << std::flush;
}

}  // namespace cli
