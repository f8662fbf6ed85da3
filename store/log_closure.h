// The end of a log, and how a store leaves it (`jpki cluster export`).
//
// The last row of a log that was closed says so. It is a row like any other: it is appended under the check
// of the epoch, and whoever would lead after it has applied it and finds that nobody does. One store alone
// may then go on without the log: the one whose local note has the id of that row. Otherwise two machines
// could leave with the same serials and list numbers still to be given.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"

namespace store {

struct LogClosure {
  std::string machine;  // Whose store goes on without the log.
  pki::Bytes id;        // 16 random bytes: the note that only that store has.
  pki::Time at;

  friend bool operator==(const LogClosure&, const LogClosure&) = default;
};

// In `meta`, and so in the row that closes the log. Nothing: it is open, or the store belongs to none.
[[nodiscard]] std::optional<LogClosure> read_log_closure(const ReadTransaction& transaction);
// For the command that closes the log.
void write_log_closure(WriteTransaction& transaction, const LogClosure& closure);
// Errc::conflict when the store's log is closed: nobody leads it any more.
[[nodiscard]] pki::Result<void> check_log_is_open(const ReadTransaction& transaction);
// The refusal of the above, for those who learn it from the log itself.
[[nodiscard]] pki::Error log_is_closed(std::string_view machine);

// The refusal of what would change a store that belongs to a log beside its leader: Errc::conflict.
[[nodiscard]] pki::Error store_belongs_to_log();

// When a store left its log; nothing when it never belonged to one. Other machines may have answered as the
// same authority until then.
[[nodiscard]] std::optional<pki::Time> left_log_at(const ReadTransaction& transaction);

// What a store has of its own about leaving; it is in no row and in no digest_of_store(). Nothing else writes
// to the store meanwhile. Its functions throw StoreError when the store cannot be written.
class LogExit final {
 public:
  explicit LogExit(Environment& environment) : environment_(environment) {}

  // Notes in this store alone by what id its closure will be known, before the log is closed.
  void prepare(const pki::Bytes& id);
  // Whether the log was closed by this store, which belongs to `machine`.
  [[nodiscard]] bool is_own_closure(std::string_view machine) const;
  // REQUIRES: is_own_closure(). The store belongs to no log from now on, and is complete in itself.
  void leave(pki::Time now);

 private:
  Environment& environment_;
};

// Whether a key of `meta` is a store's own: its position in the log, and the notes of LogExit.
[[nodiscard]] bool is_own_note(pki::ByteView key);

}  // namespace store
