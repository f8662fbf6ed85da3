// Where the audit log goes back in time: the entries of `jpki clock repair`.
//
// Behind each of them entries are earlier than some before it; between two of them times never go back. Who
// searches the log by time searches each stretch for itself.

#pragma once

#include <cstdint>
#include <vector>

#include "store/environment.h"

namespace registry {

// Their numbers, the oldest first.
[[nodiscard]] std::vector<std::uint64_t> clock_repairs(const store::ReadTransaction& transaction);
// The newest one; in the transaction that appends it.
void note_clock_repair(store::WriteTransaction& transaction, std::uint64_t audit_entry);

}  // namespace registry
