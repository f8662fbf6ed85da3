// A store as a view of a log: how far it is, and how it is brought further.

#pragma once

#include <cstdint>
#include <optional>

#include "pki/result.h"
#include "store/environment.h"
#include "store/log.h"

namespace store {

// Up to which row of which log a store is. Kept in `meta`, written in the same transaction as the row's
// operations, and in no row itself.
struct LogPosition {
  pki::Bytes log_id = {};  // LogIdentity::id.
  std::uint64_t number = 0;
  pki::Bytes hash = {};  // Of that row; of row 0 the anchor.

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

// Nothing: the store is no view of a log, but complete in itself.
[[nodiscard]] std::optional<LogPosition> read_log_position(const ReadTransaction& transaction);
void write_log_position(WriteTransaction& transaction, const LogPosition& position);
void erase_log_position(WriteTransaction& transaction);

// SHA-256 over all tables of `schema` but what is a store's own (is_own_note()): two stores with one digest
// say the same.
[[nodiscard]] pki::Bytes digest_of_store(const ReadTransaction& transaction, const Schema& schema);

// Usable where the Writer is, or instead of it: it writes to the store, so nothing else may meanwhile.
class LogView final {
 public:
  LogView(Environment& environment, const Schema& schema) : environment_(environment), schema_(schema) {}

  // Makes a store a view of a log that is still empty. An error when the log began from another store.
  // Throws StoreError when the store cannot be written.
  [[nodiscard]] pki::Result<void> begin(const LogIdentity& identity);
  // Carries out one row, which must be the next, in a transaction of its own. An error when it is not, or was
  // changed; nothing is written then. Throws StoreError when the store cannot be written.
  [[nodiscard]] pki::Result<void> apply(const LogRow& row);
  // Applies every row of the log that the store lacks, and gives the number of the last. An error when the
  // log cannot be read, is another one, differs from the store's own row, or ends before it; what was applied
  // until then stays. `check`, when given, is asked before each row.
  using Check = std::function<pki::Result<void>(const LogRow&)>;
  [[nodiscard]] pki::Result<std::uint64_t> catch_up(Log& log, const Check& check = {});
  // The same without a look at the store's own row, for who looks many times a second: that the log has lost
  // it is noticed by catch_up(), or when the next row does not follow.
  [[nodiscard]] pki::Result<void> follow(Log& log);
  // Up to where the store is. REQUIRES: it is a view of a log.
  [[nodiscard]] LogPosition position() const;

 private:
  [[nodiscard]] pki::Result<void> check_own_row(Log& log, const LogPosition& position) const;

  Environment& environment_;
  const Schema& schema_;
};

}  // namespace store
