// The leadership of a log (docs/cluster.md): where [cluster] log is set, the truth of an authority is a log
// in PostgreSQL, and one machine at a time appends to it.
//
// Two spans of time belong to a leader, and the read leases of other machines (store/read_leases.h). The
// lease of leadership, by the database's clock, only decides who tries to lead. The right to answer decides
// what may be said of a status: it lasts kAnswerTime, counted by CLOCK_BOOTTIME from before each renewal, and
// each renewal is carried out under the check of the epoch. A new leader raises the epoch and then waits a
// quarter longer than that before it stores or answers anything, so no two machines ever answer, whatever
// their wall clocks and the database's say.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "pki/message.h"
#include "pki/result.h"
#include "pki/time.h"
#include "service/trusted_clock.h"
#include "store/environment.h"
#include "store/file_share.h"
#include "store/log_writer.h"
#include "store/nonce_table.h"
#include "store/read_leases.h"

namespace service {

// The same on every machine of every cluster: a new leader relies on what the one before has counted.
inline constexpr std::chrono::milliseconds kAnswerTime{2'000};
// A new leader's wait: clocks of two machines may then differ in rate by a fifth, and a clock that is being
// slewed differs by a twelfth at most.
inline constexpr std::chrono::milliseconds kQuietTime = kAnswerTime + kAnswerTime / 4;
static_assert(kAnswerTime >= store::kReadLeaseMax, "a new leader waits until no machine has a lease");

// Errc::conflict when they are more than store::kClocksApart apart: rows are dated by the leader's clock, and
// one that is wrong by more would date what comes after it, too.
[[nodiscard]] pki::Result<void> compare_clocks(pki::Time log, pki::Time here);

// What a machine of a cluster works with; connections of their own, so that a renewal waits for no row, an
// acknowledgement for neither, and none of them for what was counted or for files.
struct LogMember {
  std::unique_ptr<store::Log> rows, lease, grants, inbox;
  std::unique_ptr<store::FileShare> files;
  // A connection of its own to the machines' common nonces; empty: each machine has its own (tests).
  std::function<std::unique_ptr<store::NonceTable>()> open_nonces = {};
  std::string machine;
  ElapsedTime elapsed;
  const pki::Clock& wall;
  // Returns after that time.
  std::function<void(std::chrono::milliseconds)> wait;
  // Between two reports of how far the machine is.
  std::chrono::milliseconds report_interval{1'000};
  store::Acknowledge acknowledge = store::Acknowledge::views;
  // Of the leases that this machine grants, and after a fraction of which it asks for another one.
  std::chrono::milliseconds read_lease = store::kReadLeaseMax;
};

// renew() and report() from one thread, serve_leases() from another, leadership() once, the rest from any.
class Leader final {
 public:
  // Applies the rows that the store lacks, begins an epoch, applies what was appended meanwhile, and waits
  // until no leader before can answer any more. Errc::conflict while another machine leads, when the wall
  // clock differs from the log's by more than kClocksApart, or the store differs from the log;
  // Errc::unreachable when the log is away. `member` must outlive the object.
  static pki::Result<std::unique_ptr<Leader>> take_over(LogMember& member, store::Environment& environment);
  // Gives the lease back.
  ~Leader();
  Leader(const Leader&) = delete;
  Leader& operator=(const Leader&) = delete;

  // For the Writer, which must end before this object. REQUIRES: the first call.
  [[nodiscard]] store::Leadership leadership() { return std::move(leadership_); }

  // How often renew() is to be called.
  static constexpr std::chrono::milliseconds kRenewal = kAnswerTime / 4;
  void renew();
  // One round of grants and acknowledgements. Called again and again, with leases().rest() between.
  void serve_leases();
  static constexpr std::chrono::milliseconds kLeaseRounds{3};
  // By which what is stored is acknowledged.
  [[nodiscard]] store::ReadLeases& leases() { return leases_; }
  [[nodiscard]] const store::ReadLeases& leases() const { return leases_; }
  // What a snapshot that was opened by now shows is acknowledged when this returns. An error when this
  // machine leads no more.
  [[nodiscard]] pki::Result<void> wait_for_acknowledgement(const store::Environment& environment);
  // By what name this machine belongs to the log.
  [[nodiscard]] const std::string& machine() const { return member_.machine; }
  // What other machines have counted, for one thread; files for them, for another.
  [[nodiscard]] store::Log& inbox() { return *member_.inbox; }
  [[nodiscard]] store::FileShare& files() { return *member_.files; }
  // Null where each machine has its own nonces.
  [[nodiscard]] std::unique_ptr<store::NonceTable> open_nonces() const {
    return member_.open_nonces ? member_.open_nonces() : nullptr;
  }
  // Says how far this machine's store is, once a second, for who looks at the log. On the thread of renew().
  void report();
  // Whether no other machine can have stored anything. Ask after a question has arrived and before its
  // snapshot is opened.
  [[nodiscard]] bool holds() const { return member_.elapsed() < holds_until_; }
  // What is to be answered while it does not hold, and what readiness says; nothing while it holds.
  [[nodiscard]] std::optional<pki::Message> fault() const;
  // Why this machine leads no more: it must end. Nothing while it may come to hold the lease again.
  [[nodiscard]] std::optional<pki::Message> replaced() const;

 private:
  Leader(LogMember& member, store::Leadership leadership, const store::LogPosition& at);

  LogMember& member_;
  store::ReadLeases leases_;
  store::Leadership leadership_;
  store::Epoch epoch_;
  std::optional<std::int64_t> reported_at_;   // By member_.elapsed.
  std::atomic<std::int64_t> holds_until_{0};  // By member_.elapsed.
  mutable std::mutex mutex_;
  std::optional<pki::Message> away_;      // Guarded by mutex_: why the last renewal failed.
  std::optional<pki::Message> replaced_;  // Guarded by mutex_.
};

}  // namespace service
