// The one LMDB environment: transactions and cursors over byte strings.
//
// Values are views into the memory map, valid until their transaction ends. Read transactions never block and
// are never blocked; the only write transactions are the Writer's (store/writer.h) and those of init and
// migrate, which run alone.

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "store/key_range.h"
#include "store/overlay.h"
#include "store/table.h"

struct MDB_txn;
struct MDB_cursor;

namespace store {

// A stored value that does not decode: never the same thing as an absent one.
class Corruption : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The store refuses to work: full, unwritable, of another version. The message says what to do.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Environment;
class Operations;

// A position in one table, or in a range of its keys, in ascending order. The one idiom for walking a table:
//
//   store::Cursor cursor = transaction.cursor(tables::due, KeyRange::with_prefix(prefix));
//   for (cursor.seek_to_first(); cursor.valid(); cursor.next()) use(cursor.key(), cursor.value());
//
// Must end before its transaction, and does not outlive a change of its table.
class Cursor final {
 public:
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) = delete;
  ~Cursor();

  // Whether the cursor stands at an entry of the range; false before the first move.
  [[nodiscard]] bool valid() const { return valid_; }
  // The first entry at or after `key`, and the last one before it.
  void seek(pki::ByteView key);
  void seek_before(pki::ByteView key);
  void seek_to_first();
  void seek_to_last();
  // REQUIRES: valid().
  void next();
  void previous();
  // Of the entry; only while valid().
  [[nodiscard]] pki::ByteView key() const { return key_; }
  [[nodiscard]] pki::ByteView value() const { return value_; }

 private:
  friend class ReadTransaction;
  Cursor(MDB_cursor* cursor, const Overlay::Entries* overlay, KeyRange range)
      : cursor_(cursor), overlay_(overlay), range_(range) {}
  // Each says whether there is an entry, in the range or not.
  bool move_to(pki::ByteView key);
  bool move_to_end();
  bool move_back();
  bool move(pki::ByteView key, int operation);
  // The same over the store under the overlay: the nearest entry from a key on, upwards or
  // downwards (with no key: from the end of the table).
  enum class Direction : std::uint8_t { up, down };
  enum class Start : std::uint8_t { at_key, beyond_key };
  bool find(Direction direction, std::optional<pki::ByteView> key, Start start);
  bool find_stored(Direction direction, std::optional<pki::ByteView> key, Start start);
  [[nodiscard]] const Overlay::Entries::value_type* find_in_overlay(Direction direction,
                                                                    std::optional<pki::ByteView> key,
                                                                    Start start) const;

  MDB_cursor* cursor_;
  const Overlay::Entries* overlay_;  // Null but in dry runs.
  KeyRange range_;
  bool valid_ = false;
  pki::ByteView key_;
  pki::ByteView value_;
};

// One consistent snapshot. In a signature it says that reading is all that happens. One thread at a time.
class ReadTransaction {
 public:
  ReadTransaction(ReadTransaction&&) noexcept;
  ReadTransaction& operator=(ReadTransaction&&) = delete;
  virtual ~ReadTransaction();

  [[nodiscard]] std::optional<pki::ByteView> get(const Table& table, pki::ByteView key) const;
  // Over all entries of the table, or those of a range.
  [[nodiscard]] Cursor cursor(const Table& table, KeyRange range = {}) const;
  [[nodiscard]] std::uint64_t count(const Table& table) const;
  // Two transactions with the same one show the same state. Grows by one with each commit.
  [[nodiscard]] std::uint64_t snapshot_id() const;

 protected:
  friend class Environment;
  ReadTransaction(const Environment& environment, MDB_txn* transaction);

  const Environment* environment_;
  MDB_txn* transaction_;
  Overlay* overlay_ = nullptr;  // Of a dry run.
};

// The one writer's transaction: commit() makes it durable; without it everything is undone. A dry run's
// cannot be committed.
class WriteTransaction final : public ReadTransaction {
 public:
  WriteTransaction(WriteTransaction&&) noexcept;
  ~WriteTransaction() override;

  void put(const Table& table, pki::ByteView key, pki::ByteView value);
  // False when there was nothing to erase.
  bool erase(const Table& table, pki::ByteView key);
  // Each put() and erase() from now on is written to `operations` as well, which must outlive it; null: no
  // longer. For the log (store/log_writer.h); a dry run records nothing.
  void record_into(Operations* operations) { operations_ = operations; }
  // Returns after the data has reached the disk. Throws StoreError when it could not.
  void commit();

 private:
  friend class Environment;
  using ReadTransaction::ReadTransaction;

  Operations* operations_ = nullptr;  // Null without a log.
};

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
  // So many transactions over one and the same snapshot, for threads that share a piece of work.
  [[nodiscard]] std::vector<ReadTransaction> read_alike(std::size_t count) const;
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

// For init, migrate and restore alone, before any Writer exists. Throws StoreError when the store is a view
// of a log (store/log_view.h): what is written beside the Writer would be in no row.
[[nodiscard]] WriteTransaction begin_exclusive_write(Environment& environment);

}  // namespace store
