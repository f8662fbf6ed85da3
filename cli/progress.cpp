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
  const std::lock_guard lock(mutex_);
  if (drawn_) std::cerr << "\r\033[K";
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
  std::cerr << "\r" << what_ << ": " << done_
            << (total_ > 0 ? " of " + std::to_string(total_) : std::string()) << "\033[K" << std::flush;
}

}  // namespace cli
