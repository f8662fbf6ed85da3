// Long work on a terminal: one line that is written over, after two seconds. Silent everywhere else.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace cli {

// Usable from any thread.
class Progress final {
 public:
  enum class Display { automatic, off };

  // `what` is a participle with its noun, e.g. "certificates issued"; a total of 0 is not known.
  Progress(std::string what, std::uint64_t total, Display display);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t count);
  // Takes the line away, before a result is printed.
  void clear();

 private:
  void draw();

  const std::string what_;
  const std::uint64_t total_;
  const bool visible_;
  const std::chrono::steady_clock::time_point start_;
  std::atomic<std::uint64_t> done_{0};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point last_drawn_;  // Guarded by mutex_.
  bool drawn_ = false;                                // Guarded by mutex_.
};

// The same for work that counts nothing: how long it has been going on, until the end of this object's life.
class Waiting final {
 public:
  Waiting(std::string what, Progress::Display display);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  void run(const std::stop_token& stop, const std::string& what);

  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread thread_;  // Last: it uses the others.
};

}  // namespace cli
