// The store of a view as a file: every row of the tables that views may have (store/readers.h), read one by
// one. An authority's own file would carry sealed tables and freed pages besides.
//
//   file   "jpki view snapshot 1\n" log id(16) row(8) hash(32) schema(8) piece* 0(4) SHA-256(32) of all
//   before piece  length(4) half (store/operations.h)

#pragma once

#include <cstdint>
#include <filesystem>

#include "pki/result.h"
#include "store/environment.h"
#include "store/log_view.h"

namespace store {

// Writes a new file, mode 0600, and gives how far it goes. Errc::conflict when the store belongs to no log.
// Throws std::system_error when it cannot be written, or is there.
[[nodiscard]] pki::Result<LogPosition> write_view_snapshot(const Environment& environment,
                                                           const Schema& schema,
                                                           const std::filesystem::path& file);

// Fills an empty store, which is a view's from then on (is_store_of_view()). Errc::malformed for a file that
// is damaged, cut, or has what views may not have, Errc::unsupported for one of another layout; the store is
// useless then.
[[nodiscard]] pki::Result<LogPosition> read_view_snapshot(Environment& environment, const Schema& schema,
                                                          const std::filesystem::path& file);

// Whether a store is a view's: it lacks the authorities' half, and no authority may be opened with it.
[[nodiscard]] bool is_store_of_view(const ReadTransaction& transaction);

}  // namespace store
