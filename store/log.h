// The log: where one machine is not enough, the truth is a log in a database, and each machine's store is a
// view of it. docs/cluster.md describes the protocol; store/model/log.pml is its model.
//
// Row n holds the table operations of one group commit. The leader of an epoch appends it before it commits
// its own store; everybody else reads the rows after its own last one and applies them. Without a log there
// is nothing of this: the embedded store is complete in itself.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/operations.h"

namespace store {

// A period in which one machine appends. Two epochs may come to have one number, when the database loses a
// commit; the random id of the process that raised it tells them apart.
struct Epoch {
  std::uint64_t number = 0;
  pki::Bytes id = {};  // 16 bytes.

  friend bool operator==(const Epoch&, const Epoch&) = default;
};

// One half of a row's operations. Who may not have it still has its digest, and can check the chain.
struct RowHalf {
  pki::Bytes digest = {};  // SHA-256 of the body.
  std::optional<pki::Bytes> body = {};

  friend bool operator==(const RowHalf&, const RowHalf&) = default;
};

struct LogRow {
  std::uint64_t number = 0;  // 1, 2, … without gaps.
  Epoch epoch = {};
  std::string writer = {};   // The machine's name.
  pki::Time time = {};       // Of recording.
  std::uint64_t schema = 0;  // The version of the tables' layout.
  pki::Bytes previous = {};  // The hash of row number - 1; of row 1 the identity's anchor.
  RowHalf for_views = {}, for_authorities = {};
  pki::Bytes hash = {};  // As the log has it: hash_of() of all of the above.

  friend bool operator==(const LogRow&, const LogRow&) = default;
};

// SHA-256 over every field but the bodies, which are in it by their digests.
[[nodiscard]] pki::Bytes hash_of(const LogRow& row);
// An error when hash and digests are not those of the row's content: it was changed after it was written.
[[nodiscard]] pki::Result<void> check_row(const LogRow& row);

// Which log it is, and the digest of the store from which it began (digest_of_store()).
struct LogIdentity {
  pki::Bytes id = {};      // 16 random bytes.
  pki::Bytes anchor = {};  // 32 bytes.

  friend bool operator==(const LogIdentity&, const LogIdentity&) = default;
};

enum class AppendOutcome : std::uint8_t {
  // The row is in the log, and as safe as the log keeps anything.
  appended,
  // Another machine leads: the epoch is over, or the number has another row.
  deposed,
  // The row is certainly not in the log and will not be.
  failed,
  // The row may be in the log, or may come to be in it: settle() finds out. Reading the log proves nothing.
  unknown,
};

struct Appended {
  AppendOutcome outcome = AppendOutcome::unknown;
  pki::Message reason = {};  // Empty when appended.
};

// How long a leader leads without renewing: until then no other machine begins an epoch.
inline constexpr std::chrono::milliseconds kLeadershipLease{5'000};

// Who leads and how far the log is.
struct LogStatus {
  Epoch epoch = {};
  std::string machine = {};                 // The leader, present or last; empty before the first.
  std::string address = {};                 // Where its operators' API is; empty: not said.
  std::chrono::milliseconds lease_left{0};  // 0: its lease has run out, or it has given it back.
  std::uint64_t rows = 0;                   // The number of the last row; 0 without one.
  pki::Time last_row_at = {};               // Of recording; meaningless without a row.
  pki::Time now = {};                       // By the clock of the log.
  bool is_closed = false;                   // Nobody leads again: `machine` has taken its store out of it.
};

// What a machine says of itself, for who looks at the log. trim_log() keeps the rows from its own on.
struct MachineReport {
  std::string name = {};
  std::string role = {};             // "leader", "standby", or "joining" before its first start.
  std::uint64_t row = 0;             // How far its store is.
  std::chrono::milliseconds age{0};  // How long ago it said so.
  // What is left of its read lease by the clock of the log; 0: it has none. A leader needs none.
  std::chrono::milliseconds lease_left{0};
};

// The longest read lease. A new leader waits a quarter longer than this before it acknowledges anything,
// whatever the one before has granted.
inline constexpr std::chrono::milliseconds kReadLeaseMax{2'000};

// A request of one process for a read lease (docs/cluster.md, section 5), and how far its store is.
struct LeaseRequest {
  std::string machine = {};
  pki::Bytes process = {};   // 16 random bytes: a process that starts again has no lease.
  std::uint64_t number = 0;  // Of this process's requests.
  std::uint64_t row = 0;     // The last one in its store,
  pki::Bytes hash = {};      // and its hash.
  // As the log has it: how long ago it was made, and whether it was granted.
  std::chrono::milliseconds age{0};
  bool is_granted = false;
};

// The last grant to a machine: an answer to one request of one process.
struct LeaseGrant {
  pki::Bytes process = {};  // Empty: none was ever granted.
  std::uint64_t number = 0;
  std::chrono::milliseconds length{0};  // Counted from before the request was made.
};

// What a machine that does not lead has for the leader to put on record: counts of its answers. Numbered by
// the machine without repetition, so that each is put on record once.
struct InboxEntry {
  std::string machine = {};
  std::uint64_t sequence = 0;
  pki::Bytes body = {};

  friend bool operator==(const InboxEntry&, const InboxEntry&) = default;
};

// A machine that has reported within this time is running.
inline constexpr std::chrono::seconds kAliveFor{10};

// A machine's connection to the log. It connects again by itself after a failure. One thread at a time.
class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  [[nodiscard]] virtual pki::Result<LogIdentity> identity() = 0;
  // Begins the next epoch and takes the lease of leadership; no row of an earlier one is appended from now
  // on. Errc::conflict while the lease of another has not run out. After any error, also when the outcome is
  // not known, this machine does not lead.
  [[nodiscard]] virtual pki::Result<Epoch> raise_epoch(std::string_view machine) = 0;
  // Begins the lease again, counted from now. Errc::conflict: the epoch is over, another machine has taken
  // over. Other errors: not known.
  [[nodiscard]] virtual pki::Result<void> renew(const Epoch& epoch) = 0;
  // Gives the lease back, so that another machine need not wait for its end. What fails is left to its end.
  virtual void release(const Epoch& epoch) = 0;
  // Begins an epoch in which nobody leads, and the last one: for a log whose last row says that `machine` has
  // closed it (store/log_closure.h). Errc::already_exists after an earlier call; one alone ever succeeds.
  [[nodiscard]] virtual pki::Result<void> close(std::string_view machine) = 0;
  [[nodiscard]] virtual pki::Result<LogStatus> status() = 0;
  // Says how far a machine is, in place of what it said before; the age is not looked at.
  [[nodiscard]] virtual pki::Result<void> report(const MachineReport& report) = 0;
  // What each machine that ever reported said last, by name.
  [[nodiscard]] virtual pki::Result<std::vector<MachineReport>> reports() = 0;
  // Makes a request for a read lease, or says with an earlier one how far the store is by now. Gives what was
  // last granted to this machine. Leases are lost when the database ends without a checkpoint; no promise
  // rests on their being kept.
  [[nodiscard]] virtual pki::Result<LeaseGrant> request_lease(const LeaseRequest& request) = 0;
  // The last request of each machine.
  [[nodiscard]] virtual pki::Result<std::vector<LeaseRequest>> lease_requests() = 0;
  // Answers that request, if it is still the last one of its machine and the epoch is the present one; else
  // nothing happens. After an error it may be granted, or come to be.
  [[nodiscard]] virtual pki::Result<void> grant_lease(const Epoch& epoch, const LeaseRequest& request,
                                                      std::chrono::milliseconds length) = 0;
  // Leaves an entry for the leader; again with the same sequence it changes nothing.
  [[nodiscard]] virtual pki::Result<void> send(const InboxEntry& entry) = 0;
  // The sequence of the last entry that the machine has left; 0 when there was none.
  [[nodiscard]] virtual pki::Result<std::uint64_t> last_sent(std::string_view machine) = 0;
  // Entries that were not forgotten, by machine and sequence, at most so many.
  [[nodiscard]] virtual pki::Result<std::vector<InboxEntry>> inbox(std::size_t count_max) = 0;
  // Those of a machine up to a sequence; last_sent() still knows of them.
  [[nodiscard]] virtual pki::Result<void> forget(std::string_view machine, std::uint64_t sequence) = 0;
  // Appends the row when its epoch is the log's present one, row number - 1 has the hash `previous`, and the
  // number is free. Does not throw.
  [[nodiscard]] virtual Appended append(const LogRow& row) = 0;
  // After an unknown outcome: appends the same row again, which waits for the first attempt, and makes sure
  // that it is as safe as an acknowledged one. `deposed` leaves open whether the first attempt succeeded; the
  // rows of the log say so to the next leader. Never `failed`. Does not throw.
  [[nodiscard]] virtual Appended settle(const LogRow& row) = 0;
  // At most `count_max` rows with numbers above `number`, in order, as they stand in the log.
  [[nodiscard]] virtual pki::Result<std::vector<LogRow>> read_after(std::uint64_t number,
                                                                    std::size_t count_max) = 0;
};

}  // namespace store
