// The proof that a log is whole, and that a store is at one of its rows: `jpki audit verify`.

#pragma once

#include <cstdint>

#include "pki/result.h"
#include "store/log.h"
#include "store/log_view.h"

namespace store {

struct LogChecked {
  std::uint64_t first = 0, last = 0;  // Rows that were read; both 0 without one.
  std::uint64_t store_row = 0;        // Of the store.
};

// Reads the log from its first row to its last: each must be as it was written, follow the one before it, and
// be of no earlier epoch; the first follows the anchor, unless rows before it were removed. `position`, from
// a snapshot of the store taken before, must be in it. Errc::conflict for what is not so; Errc::unreachable
// when the log cannot be read.
[[nodiscard]] pki::Result<LogChecked> check_log(Log& log, const LogPosition& position);

}  // namespace store
