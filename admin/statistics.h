// /v1/statistics: the ministry's tables. A count over a large store takes longer than a request may, so it
// runs on a thread of its own and is asked about until it is done.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "admin/api.h"
#include "registry/statistics.h"

namespace admin {

// A question, and the answer when there is one.
struct Count {
  std::uint64_t number = 0;
  registry::StatisticsQuestion question;
  pki::Time counted_at;
  std::uint64_t done = 0, total = 0;
  bool finished = false;
  json::object answer = {};  // When finished without error.
  std::optional<pki::Error> error = {};
};

// At most one count at a time. Usable from any thread.
class StatisticsCounter final {
 public:
  explicit StatisticsCounter(const ApiServices& services) : services_(services) {}
  // Ends a count that is running.
  ~StatisticsCounter();
  StatisticsCounter(const StatisticsCounter&) = delete;
  StatisticsCounter& operator=(const StatisticsCounter&) = delete;

  // Starts a count, or joins the one that runs when it has the same question, and waits for its end for at
  // most `patience`. Errc::too_busy while another question is counted.
  [[nodiscard]] pki::Result<Count> ask(const registry::StatisticsQuestion& question,
                                       std::chrono::milliseconds patience);
  // The last count, by its number. Errc::not_found when a later one has taken its place.
  [[nodiscard]] pki::Result<Count> follow(std::uint64_t number, std::chrono::milliseconds patience);

 private:
  void start(const registry::StatisticsQuestion& question, std::uint64_t number);
  void run(const registry::StatisticsQuestion& question);
  [[nodiscard]] Count wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience);

  const ApiServices& services_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Count count_;            // Guarded by mutex_.
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread thread_;     // Guarded by mutex_.
};

// The tables as JSON: groups, top, prefectures, municipalities and, with persons, ages; each with rows that
// add up to its total.
[[nodiscard]] json::object tables_of(const store::ReadTransaction& transaction,
                                     const registry::Statistics& statistics, registry::StatisticsDepth depth);

}  // namespace admin
