// The leader's side of read leases (docs/cluster.md, section 5): what it has granted, and when a row is
// acknowledged.
//
// Whoever answers status holds a lease that the leader granted to its store as it was at the last
// acknowledged row or beyond. A row is acknowledged when each machine with a lease has it, or its lease has
// run out; so no answer to a question that is asked afterwards is older. Grants and acknowledgements are one
// critical section: no row is acknowledged while a grant is under way. store/model/log.pml has the same
// steps.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/log.h"
#include "store/log_view.h"

namespace store {

// When a command is acknowledged: `cluster.acknowledge`.
enum class Acknowledge : std::uint8_t {
  // Once it is in the log. Other machines may answer from before it for a lease's length.
  log,
  // Once no machine answers from before it any more.
  views,
};

struct ReadLeaseOptions {
  Acknowledge acknowledge = Acknowledge::views;
  // Of each grant; kReadLeaseMax at most.
  std::chrono::milliseconds length = kReadLeaseMax;
  // Milliseconds of CLOCK_BOOTTIME.
  std::function<std::int64_t()> elapsed;
};

// For one epoch. step() from one thread, the rest from any.
class ReadLeases final {
 public:
  // Called once: whether the row is acknowledged, or this machine will not know any more. On the thread that
  // acknowledges; must not wait.
  using Then = std::function<void(bool)>;

  // `at`: the last row at the takeover. REQUIRES: no lease of an earlier epoch is left when the first row is
  // stored.
  ReadLeases(ReadLeaseOptions options, const LogPosition& at);
  ReadLeases(const ReadLeases&) = delete;
  ReadLeases& operator=(const ReadLeases&) = delete;

  // The row is about to be appended: from now on other machines may have it.
  void begin(std::uint64_t number, const pki::Bytes& hash);
  // The row is in the log and in this machine's store.
  void store(std::uint64_t number);
  // `then` once the row, and all before it, is acknowledged: at once when it is already. The row may be one
  // that store() is about to be called for.
  void when_acknowledged(std::uint64_t number, Then then);
  // Waits for the same.
  [[nodiscard]] bool wait_for(std::uint64_t number);
  // One round: reads how far machines are, acknowledges, and grants. An error when the log is away;
  // rows are acknowledged all the same once leases have run out.
  pki::Result<void> step(Log& log, const Epoch& epoch);
  // For who calls step() again and again: returns at once while a row waits, else after a moment or when one
  // comes.
  void rest();
  // Nothing is acknowledged or granted any more: this machine does not lead.
  void end();

  // The last row that is in this machine's store.
  [[nodiscard]] std::uint64_t stored_row() const;
  // Rows that are stored and not acknowledged.
  [[nodiscard]] std::uint64_t waiting_rows() const;
  // Processes whose leases have not run out by this machine's count.
  [[nodiscard]] std::size_t holders() const;

 private:
  // What is known of a process that asked for a lease.
  struct Holder {
    std::string machine;
    std::uint64_t row = 0;
    pki::Bytes hash;
    // Until when its leases count, by `elapsed`, this moment included; the last of them.
    std::int64_t counted_until = -1;
  };
  // A row from the last acknowledged one on.
  struct Row {
    pki::Bytes hash;
    std::optional<std::int64_t> stored_at = {};
  };
  using Calls = std::vector<Then>;

  // Each with mutex_ held.
  void note(const std::vector<LeaseRequest>& requests);
  [[nodiscard]] std::optional<std::uint64_t> row_in_common(std::uint64_t row, const pki::Bytes& hash) const;
  [[nodiscard]] bool is_late(std::uint64_t row, std::int64_t now) const;
  [[nodiscard]] bool may_have_lease(const LeaseRequest& request, std::int64_t now) const;
  [[nodiscard]] Calls acknowledge();
  void hold_for(const LeaseRequest& request, std::int64_t now);
  [[nodiscard]] bool is_held(std::int64_t now) const;

  static void call(const Calls& calls, bool is_acknowledged);
  void acknowledge_and_call();
  void grant(Log& log, const Epoch& epoch, const LeaseRequest& request);

  const ReadLeaseOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_, work_;
  // All guarded by mutex_.
  std::map<std::uint64_t, Row> rows_;
  std::uint64_t acknowledged_, stored_;
  std::map<pki::Bytes, Holder> holders_;  // By process.
  // When acknowledgements were last held for a machine without a lease, by its name.
  std::map<std::string, std::int64_t> held_at_;
  bool is_granting_ = false, has_ended_ = false;
  std::multimap<std::uint64_t, Then> waiting_;
};

}  // namespace store
