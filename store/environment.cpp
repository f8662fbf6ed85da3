// LMDB, and nothing else in this program knows that it is LMDB.

#include "store/environment.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "pki/ownership.h"

namespace store {

namespace {

constexpr unsigned kMaxReaders = 1024;
// For prefetching alone; LMDB takes the system's page size.
constexpr std::size_t kPageSize = 4096, kCacheLine = 64;
constexpr std::string_view kSchemaVersionKey = "schema_version";

// LMDB's own words, and what an operator can do.
[[noreturn]] void fail_store(const std::string& what, int code) {
  std::string advice;
  if (code == ENOSPC || code == MDB_MAP_FULL) advice = ": free space on the disk, or raise store.map_gib";
  if (code == EACCES || code == EROFS) advice = ": make the store's folder writable for this user";
  throw StoreError(what + ": " + mdb_strerror(code) + advice);
}

void check(int code, const char* what) {
  if (code != MDB_SUCCESS) fail_store(what, code);
}

MDB_val to_val(pki::ByteView bytes) {
  // LMDB takes non-const pointers and does not write through them.
  return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())};
}

pki::ByteView to_view(const MDB_val& value) {
  return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

}  // namespace

// The open environment, its tables, and the read transactions waiting to be used again.
struct Environment::Handle {
  MDB_env* env = nullptr;
  std::array<MDB_dbi, kTablesMax> tables{};
  int lock_file = -1;
  mutable std::mutex mutex;
  mutable std::vector<MDB_txn*> idle;  // Guarded by mutex; all are reset.

  ~Handle() {
    for (MDB_txn* transaction : idle)
      mdb_txn_abort(transaction);
    if (env != nullptr) mdb_env_close(env);
    if (lock_file >= 0) ::close(lock_file);
  }
};

namespace {

// One process per store: LMDB would allow more, but then two would issue.
int take_lock(const std::filesystem::path& directory) {
  const std::string path = (directory / "owner.lock").string();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) fail_store("cannot open " + path, errno);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    throw StoreError("the store in " + directory.string() +
                     " is in use by another jpki process: stop that one first");
  }
  return file;
}

}  // namespace

Environment::Environment(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Environment::~Environment() = default;

std::unique_ptr<Environment> Environment::create(const EnvironmentOptions& options, const Schema& schema) {
  if (std::filesystem::exists(options.directory / "data.mdb"))
    throw StoreError("there is a store in " + options.directory.string() +
                     " already: it is never overwritten");
  if (std::filesystem::create_directories(options.directory)) pki::give_to_owner_of_folder(options.directory);
  std::filesystem::permissions(options.directory, std::filesystem::perms::owner_all);
  std::unique_ptr<Environment> environment(new Environment(open_handle(options, schema)));
  WriteTransaction transaction = environment->write();
  pki::Bytes version;
  pki::append_big_endian(version, schema.version, 8);
  transaction.put(tables::meta, pki::as_bytes(kSchemaVersionKey), version);
  transaction.commit();
  return environment;
}

std::unique_ptr<Environment> Environment::open(const EnvironmentOptions& options, const Schema& schema) {
  if (!std::filesystem::exists(options.directory / "data.mdb"))
    throw StoreError("there is no store in " + options.directory.string() + ": make one with `jpki init`");
  std::unique_ptr<Environment> environment(new Environment(open_handle(options, schema)));
  return environment;
}

namespace {

// Before anything is written, tables included: a newer store must stay as it is.
void check_schema_version(MDB_env* env, const std::filesystem::path& directory, std::uint64_t known) {
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction), "cannot read the store");
  std::optional<std::uint64_t> version;
  MDB_dbi meta = 0;
  MDB_val key = to_val(pki::as_bytes(kSchemaVersionKey)), value{};
  if (mdb_dbi_open(transaction, "meta", 0, &meta) == MDB_SUCCESS &&
      mdb_get(transaction, meta, &key, &value) == MDB_SUCCESS)
    version = pki::read_big_endian(to_view(value));
  mdb_txn_abort(transaction);
  if (!version)
    throw StoreError("the store in " + directory.string() +
                     " has no schema version: `jpki init` was not finished");
  if (*version > known)
    throw StoreError("the store has schema version " + std::to_string(*version) +
                     " and this program knows up to " + std::to_string(known) +
                     ": use the newer jpki that wrote it");
  if (*version < known)
    throw StoreError("the store has schema version " + std::to_string(*version) +
                     ": run `jpki migrate` first");
}

}  // namespace

std::unique_ptr<Environment::Handle> Environment::open_handle(const EnvironmentOptions& options,
                                                              const Schema& schema) {
  auto handle = std::make_unique<Environment::Handle>();
  const bool exists = std::filesystem::exists(options.directory / "data.mdb");
  handle->lock_file = take_lock(options.directory);
  check(mdb_env_create(&handle->env), "mdb_env_create");
  check(mdb_env_set_maxdbs(handle->env, static_cast<MDB_dbi>(schema.tables.size())), "mdb_env_set_maxdbs");
  check(mdb_env_set_maxreaders(handle->env, kMaxReaders), "mdb_env_set_maxreaders");
  check(mdb_env_set_mapsize(handle->env, options.map_bytes), "mdb_env_set_mapsize");
  // NOTLS: transactions belong to whoever holds them, not to a thread.
  unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
  if (options.durability == Durability::temporary) flags |= MDB_NOSYNC;
  const int opened = mdb_env_open(handle->env, options.directory.c_str(), flags, 0600);
  if (opened != MDB_SUCCESS) fail_store("cannot open the store in " + options.directory.string(), opened);
  // A file that was not there before may be root's now (`jpki ca roll`), and the service runs as another
  // user.
  for (const char* const name : {"owner.lock", "data.mdb", "lock.mdb"})
    pki::give_to_owner_of_folder(options.directory / name);
  if (exists) check_schema_version(handle->env, options.directory, schema.version);
  int dead_readers = 0;
  check(mdb_reader_check(handle->env, &dead_readers), "mdb_reader_check");

  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(handle->env, nullptr, 0, &transaction), "opening the tables");
  for (const Table& table : schema.tables) {
    const int code = mdb_dbi_open(transaction, std::string(table.name).c_str(), MDB_CREATE,
                                  &handle->tables.at(table.index));
    if (code != MDB_SUCCESS) {
      mdb_txn_abort(transaction);
      fail_store("cannot open table " + std::string(table.name), code);
    }
  }
  check(mdb_txn_commit(transaction), "opening the tables");
  return handle;
}

ReadTransaction Environment::read() const {
  MDB_txn* transaction = nullptr;
  {
    const std::lock_guard lock(handle_->mutex);
    if (!handle_->idle.empty()) {
      transaction = handle_->idle.back();
      handle_->idle.pop_back();
    }
  }
  if (transaction != nullptr) {
    const int code = mdb_txn_renew(transaction);
    if (code != MDB_SUCCESS) {
      mdb_txn_abort(transaction);
      fail_store("cannot read the store", code);
    }
  } else {
    check(mdb_txn_begin(handle_->env, nullptr, MDB_RDONLY, &transaction), "cannot read the store");
  }
  return {*this, transaction};
}

std::vector<ReadTransaction> Environment::read_alike(std::size_t count) const {
  for (;;) {
    std::vector<ReadTransaction> snapshots;
    snapshots.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      snapshots.push_back(read());
    // A commit between two of these is rare; none can come between all of them for ever.
    const bool alike = std::ranges::all_of(snapshots, [&](const ReadTransaction& snapshot) {
      return snapshot.snapshot_id() == snapshots.front().snapshot_id();
    });
    if (alike) return snapshots;
  }
}

void Environment::give_back(MDB_txn* transaction) const {
  mdb_txn_reset(transaction);
  const std::lock_guard lock(handle_->mutex);
  handle_->idle.push_back(transaction);
}

WriteTransaction Environment::rehearse(Overlay& overlay) const {
  ReadTransaction snapshot = read();
  WriteTransaction transaction(*this, std::exchange(snapshot.transaction_, nullptr));
  transaction.overlay_ = &overlay;
  return transaction;
}

WriteTransaction Environment::write() {
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(handle_->env, nullptr, 0, &transaction), "cannot write the store");
  return {*this, transaction};
}

WriteTransaction begin_exclusive_write(Environment& environment) {
  return environment.write();
}

ReadTransaction::ReadTransaction(const Environment& environment, MDB_txn* transaction)
    : environment_(&environment), transaction_(transaction) {}

ReadTransaction::ReadTransaction(ReadTransaction&& other) noexcept
    : environment_(other.environment_),
      transaction_(std::exchange(other.transaction_, nullptr)),
      overlay_(other.overlay_) {}

ReadTransaction::~ReadTransaction() {
  if (transaction_ != nullptr) environment_->give_back(transaction_);
}

std::optional<pki::ByteView> ReadTransaction::get(const Table& table, pki::ByteView key) const {
  if (overlay_ != nullptr) {
    const Overlay::Entries& imagined = overlay_->table(table);
    if (const auto found = imagined.find(key); found != imagined.end())
      return found->second ? std::optional<pki::ByteView>(*found->second) : std::nullopt;
  }
  MDB_val key_val = to_val(key), value{};
  const int code = mdb_get(transaction_, environment_->handle_->tables[table.index], &key_val, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  check(code, "cannot read the store");
  return to_view(value);
}

Cursor ReadTransaction::cursor(const Table& table) const {
  MDB_cursor* cursor = nullptr;
  check(mdb_cursor_open(transaction_, environment_->handle_->tables[table.index], &cursor),
        "cannot read the store");
  return {cursor, overlay_ == nullptr ? nullptr : &overlay_->table(table)};
}

std::uint64_t ReadTransaction::count(const Table& table) const {
  MDB_stat stat{};
  check(mdb_stat(transaction_, environment_->handle_->tables[table.index], &stat), "cannot read the store");
  return stat.ms_entries;
}

std::uint64_t ReadTransaction::snapshot_id() const {
  return mdb_txn_id(transaction_);
}

WriteTransaction::WriteTransaction(WriteTransaction&&) noexcept = default;

WriteTransaction::~WriteTransaction() {
  // A rehearsal's is a reader's, and goes back to the others.
  if (overlay_ != nullptr) return;
  // Abandoned without commit(): everything is undone.
  if (MDB_txn* transaction = std::exchange(transaction_, nullptr); transaction != nullptr)
    mdb_txn_abort(transaction);
}

void WriteTransaction::put(const Table& table, pki::ByteView key, pki::ByteView value) {
  if (overlay_ != nullptr) return overlay_->put(table, key, value);
  MDB_val key_val = to_val(key), value_val = to_val(value);
  check(mdb_put(transaction_, environment_->handle_->tables[table.index], &key_val, &value_val, 0),
        "cannot write the store");
}

bool WriteTransaction::erase(const Table& table, pki::ByteView key) {
  if (overlay_ != nullptr) {
    const bool was_there = get(table, key).has_value();
    overlay_->erase(table, key);
    return was_there;
  }
  MDB_val key_val = to_val(key);
  const int code = mdb_del(transaction_, environment_->handle_->tables[table.index], &key_val, nullptr);
  if (code == MDB_NOTFOUND) return false;
  check(code, "cannot write the store");
  return true;
}

void WriteTransaction::commit() {
  if (overlay_ != nullptr) throw std::logic_error("a rehearsal cannot be committed");
  check(mdb_txn_commit(std::exchange(transaction_, nullptr)), "cannot write the store");
}

Cursor::Cursor(Cursor&& other) noexcept
    : cursor_(std::exchange(other.cursor_, nullptr)),
      imagined_(other.imagined_),
      key_(other.key_),
      value_(other.value_) {}

Cursor::~Cursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

bool Cursor::move(pki::ByteView key, int operation) {
  MDB_val key_val = to_val(key), value{};
  const int code = mdb_cursor_get(cursor_, &key_val, &value, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_NOTFOUND) return false;
  check(code, "cannot read the store");
  key_ = to_view(key_val);
  value_ = to_view(value);
  return true;
}

bool Cursor::seek(pki::ByteView key) {
  return imagined_ == nullptr ? move(key, MDB_SET_RANGE) : find(Direction::up, key, Start::at_key);
}
bool Cursor::first() {
  return imagined_ == nullptr ? move({}, MDB_FIRST) : find(Direction::up, {}, Start::at_key);
}
bool Cursor::last() {
  return imagined_ == nullptr ? move({}, MDB_LAST) : find(Direction::down, {}, Start::at_key);
}
bool Cursor::next() {
  if (imagined_ != nullptr) return find(Direction::up, pki::to_bytes(key_), Start::beyond_key);
  const auto page = reinterpret_cast<std::uintptr_t>(key_.data()) / kPageSize;
  if (!move({}, MDB_NEXT)) return false;
  // Entries lie scattered in their page: who comes to a new one will want all of it.
  const auto address = reinterpret_cast<std::uintptr_t>(key_.data());
  if (address / kPageSize == page) return true;
  const std::uint8_t* start = key_.data() - address % kPageSize;
  for (std::size_t at = 0; at < kPageSize; at += kCacheLine)
    __builtin_prefetch(start + at);
  return true;
}
bool Cursor::previous() {
  if (imagined_ != nullptr) return find(Direction::down, pki::to_bytes(key_), Start::beyond_key);
  return move({}, MDB_PREV);
}

// Moves the store's own cursor, which may stand anywhere.
bool Cursor::find_stored(Direction direction, std::optional<pki::ByteView> key, Start start) {
  if (!key) return move({}, direction == Direction::up ? MDB_FIRST : MDB_LAST);
  const bool found = move(*key, MDB_SET_RANGE);
  const bool is_there = found && std::ranges::equal(key_, *key);
  if (is_there && start == Start::at_key) return true;
  if (direction == Direction::up) return is_there ? move({}, MDB_NEXT) : found;
  return move({}, found ? MDB_PREV : MDB_LAST);
}

// The nearest entry of the overlay, erased ones too; null when there is none.
const Overlay::Entries::value_type* Cursor::find_imagined(Direction direction,
                                                          std::optional<pki::ByteView> key,
                                                          Start start) const {
  auto place = imagined_->begin();
  if (direction == Direction::up) {
    if (key) place = start == Start::at_key ? imagined_->lower_bound(*key) : imagined_->upper_bound(*key);
    return place == imagined_->end() ? nullptr : &*place;
  }
  place = imagined_->end();
  if (key) place = start == Start::at_key ? imagined_->upper_bound(*key) : imagined_->lower_bound(*key);
  return place == imagined_->begin() ? nullptr : &*std::prev(place);
}

bool Cursor::find(Direction direction, std::optional<pki::ByteView> key, Start start) {
  const Overlay::Less less;
  for (;;) {
    const bool stored = find_stored(direction, key, start);
    const auto* imagined = find_imagined(direction, key, start);
    if (imagined == nullptr) return stored;
    // What is imagined stands for what is stored under the same key.
    const bool store_is_nearer =
        stored && (direction == Direction::up ? less(key_, imagined->first) : less(imagined->first, key_));
    if (store_is_nearer) return true;
    if (imagined->second) {
      key_ = imagined->first;
      value_ = *imagined->second;
      return true;
    }
    key = imagined->first;
    start = Start::beyond_key;
  }
}

bool Cursor::has_prefix(pki::ByteView prefix) const {
  return key_.size() >= prefix.size() && std::memcmp(prefix.data(), key_.data(), prefix.size()) == 0;
}

}  // namespace store
