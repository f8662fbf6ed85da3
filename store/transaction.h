// Transactions and cursors over byte strings.
//
// Values are views into the memory map, valid until their transaction ends. Read transactions never block and
// are never blocked; the only write transactions are the Writer's (store/writer.h) and those of init and
// migrate, which run alone.

#pragma once

#include <cstdint>
#include <optional>

#include "pki/bytes.h"
#include "store/errors.h"
#include "store/key_range.h"
#include "store/overlay.h"
#include "store/table.h"

struct MDB_txn;
struct MDB_cursor;

namespace store {

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

}  // namespace store
