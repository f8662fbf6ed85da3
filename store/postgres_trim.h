// What the owner of a log's tables alone may do: remove old rows, and machines that have gone for good.
//
// The roles of machines (store/log_tables.sql) append rows and can change or remove none, so a machine in
// strange hands cannot shorten the log.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pki/result.h"
#include "pki/time.h"
#include "store/postgres_log.h"

namespace store {

struct Trimmed {
  std::uint64_t removed = 0;     // Rows.
  std::uint64_t first_kept = 0;  // 0 when the log has no row.
  // The machine that is least far, and its row: rows from that one on are kept.
  std::string least;
  std::uint64_t least_row = 0;
};

// Removes the rows that were recorded before `before` and that every machine has which ever said how far it
// is (Log::report()), from the oldest on. The last row stays, and so does the row at which a machine is: it
// proves that the store and the log are of one history. Interrupted, it may be called again. Errc::conflict
// when no machine has reported, Errc::forbidden when the database does not let this role.
[[nodiscard]] pki::Result<Trimmed> trim_log(const PostgresOptions& options, pki::Time before);

// Removes a machine from the list of those whose rows are kept. Errc::not_found for one that is not there,
// Errc::conflict for one that is running, Errc::forbidden when the database does not let this role.
[[nodiscard]] pki::Result<void> forget_machine(const PostgresOptions& options, std::string_view name);

}  // namespace store
