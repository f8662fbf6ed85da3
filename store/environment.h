// The one LMDB environment: how it is opened, and its transactions (store/transaction.h).

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/errors.h"
#include "store/transaction.h"

namespace store {

enum class Durability {
  full,       // Every commit reaches the disk before it returns.
  temporary,  // For the mock: nothing outlives the process, so nothing is synced.
};

struct EnvironmentOptions {
  std::filesystem::path directory;
  // The most that the store may grow to; address space, not disk.
  std::size_t map_bytes = std::size_t{256} << 30U;
  Durability durability = Durability::full;
};

// For what looks at a store that another process may be writing to: a backup, a check.
enum class OpenMode : std::uint8_t { owner, reader };

// Which schema versions are accepted.
enum class Versions : std::uint8_t {
  current,
  // Older ones, too: for migrate alone.
  any_known,
};

// Open it once per process (an LMDB rule). Usable from any thread.
class Environment final {
 public:
  // An existing store. Throws StoreError when there is none, when it is of another version, or when another
  // process is writing to it.
  static std::unique_ptr<Environment> open(const EnvironmentOptions& options, const Schema& schema);
  // The same for migrate: an older store is opened as it is, and its missing tables are made.
  static std::unique_ptr<Environment> open_any_version(const EnvironmentOptions& options,
                                                       const Schema& schema);
  // For reading alone, while another process owns the store. Snapshots keep pages from being used again, so
  // they must be short.
  static std::unique_ptr<Environment> open_beside(const EnvironmentOptions& options, const Schema& schema);
  // A new, empty one in a directory that has none.
  static std::unique_ptr<Environment> create(const EnvironmentOptions& options, const Schema& schema);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Cheap: reset transactions are kept and renewed.
  [[nodiscard]] ReadTransaction read() const;
  // `count` transactions over one snapshot, for threads that share a piece of work.
  [[nodiscard]] std::vector<ReadTransaction> read_same_snapshot(std::size_t count) const;
  // The store as it is now under `overlay`, which takes what is written; nothing reaches the store, no other
  // write is kept waiting. Counts (ReadTransaction::count) are the store's own.
  [[nodiscard]] WriteTransaction dry_run(Overlay& overlay) const;
  // Writes the whole store, as one snapshot, to a file opened for writing, from its present position on: what
  // can be put back as data.mdb. Throws StoreError.
  void copy_to(int descriptor) const;

 private:
  friend class ReadTransaction;
  friend class WriteTransaction;
  friend class Writer;
  friend class LogView;
  friend class LogExit;
  friend WriteTransaction begin_exclusive_write(Environment& environment);
  struct Handle;

  static std::unique_ptr<Handle> open_handle(const EnvironmentOptions& options, const Schema& schema,
                                             OpenMode mode, Versions versions);
  explicit Environment(std::unique_ptr<Handle> handle);
  [[nodiscard]] WriteTransaction write();
  void give_back(MDB_txn* transaction) const;

  std::unique_ptr<Handle> handle_;
};

// The version of the layout, as the store says.
[[nodiscard]] std::uint64_t read_schema_version(const ReadTransaction& transaction);
void write_schema_version(WriteTransaction& transaction, std::uint64_t version);

// For init, migrate and restore alone, before any Writer exists. Throws ErrorException with Errc::conflict
// when the store belongs to a log (store/log_view.h): what is written beside the Writer would be in no row.
[[nodiscard]] WriteTransaction begin_exclusive_write(Environment& environment);

}  // namespace store
