// LMDB, and nothing else in this program knows that it is LMDB.

#include "store/environment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "pki/messages/store.h"
#include "pki/ownership.h"
#include "store/fault_line.h"
#include "store/lmdb.h"
#include "store/log_closure.h"
#include "store/log_view.h"
#include "store/operations.h"
#include "store/owner_lock.h"

namespace store {

namespace {

constexpr unsigned kMaxReaders = 1024;
// For the first look at a file alone; LMDB takes the system's page size.
constexpr std::size_t kCopiedPage = 4096;
constexpr std::string_view kSchemaVersionKey = "schema_version";

}  // namespace

// The open environment, its tables, and the read transactions waiting to be used again.
struct Environment::Handle {
  MDB_env* env = nullptr;
  std::array<MDB_dbi, kTablesMax> tables{};
  std::optional<OwnerLock> owner;
  std::optional<FaultLine> fault_line;
  mutable std::mutex mutex;
  mutable std::vector<MDB_txn*> idle;  // Guarded by mutex; all are reset.

  ~Handle() {
    for (MDB_txn* transaction : idle)
      mdb_txn_abort(transaction);
    if (env != nullptr) mdb_env_close(env);
  }
};

Environment::Environment(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Environment::~Environment() = default;

std::unique_ptr<Environment> Environment::create(const EnvironmentOptions& options, const Schema& schema) {
  if (std::filesystem::exists(options.directory / "data.mdb"))
    throw StoreError(pki::Message{messages::store_exists, options.directory.string()});
  if (std::filesystem::create_directories(options.directory)) pki::give_to_owner_of_folder(options.directory);
  std::filesystem::permissions(options.directory, std::filesystem::perms::owner_all);
  std::unique_ptr<Environment> environment(
      new Environment(open_handle(options, schema, OpenMode::owner, Versions::current)));
  WriteTransaction transaction = environment->write();
  write_schema_version(transaction, schema.version);
  transaction.commit();
  return environment;
}

namespace {

void require_store(const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory / "data.mdb"))
    throw StoreError(pki::Message{messages::no_store, directory.string()});
}

[[noreturn]] void refuse_cut(const std::filesystem::path& file, std::uint64_t size, std::uint64_t needed) {
  throw StoreError(
      pki::Message{messages::store_cut, file.string(), std::to_string(size), std::to_string(needed)});
}

std::uint64_t size_of(const std::filesystem::path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) fail_store({messages::cannot_read_file, file.string()}, errno);
  return static_cast<std::uint64_t>(facts.st_size);
}

// A file without its first two pages would be taken for a new one.
void check_beginning(const std::filesystem::path& file) {
  const std::uint64_t size = size_of(file);
  if (size < 2 * kCopiedPage) refuse_cut(file, size, 2 * kCopiedPage);
}

// A walk over the list of free pages. It may end in a fault (can_read()), which unwinds nothing, so what it
// has opened is closed by the owner of the object.
struct FreeListWalk {
  MDB_env* env = nullptr;
  // Counted are pages from this one on.
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  MDB_txn* transaction = nullptr;
  MDB_cursor* cursor = nullptr;

  FreeListWalk(MDB_env* env, std::uint64_t first) : env(env), first(first) {}
  ~FreeListWalk() {
    if (cursor != nullptr) mdb_cursor_close(cursor);
    if (transaction != nullptr) mdb_txn_abort(transaction);
  }
  FreeListWalk(const FreeListWalk&) = delete;
  FreeListWalk& operator=(const FreeListWalk&) = delete;

  void run() {
    constexpr MDB_dbi kFreeList = 0;
    if (mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction) != MDB_SUCCESS) return;
    if (mdb_cursor_open(transaction, kFreeList, &cursor) != MDB_SUCCESS) return;
    MDB_val key{}, value{};
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
      // A list of page numbers, their count first.
      const auto* const words = static_cast<const std::size_t*>(value.mv_data);
      const std::size_t length = std::min(words[0], value.mv_size / sizeof(std::size_t) - 1);
      count += static_cast<std::uint64_t>(
          std::count_if(words + 1, words + 1 + length, [&](std::size_t page) { return page >= first; }));
    }
  }
};

// Reading beyond the end of a file that was cut is a SIGBUS, so it is found out before. Pages at the end that
// were freed in the commit that took them are never written (mdb_env_copy knows that, too): a file may be
// short of those and whole all the same.
void check_size(MDB_env* env, const std::filesystem::path& file) {
  MDB_envinfo info{};
  MDB_stat stat{};
  check(mdb_env_info(env, &info), messages::cannot_read_store);
  check(mdb_env_stat(env, &stat), messages::cannot_read_store);
  const std::uint64_t pages = info.me_last_pgno + 1, size = size_of(file), present = size / stat.ms_psize;
  if (present >= pages) return;
  // The list of free pages may itself lie in what is gone.
  FreeListWalk look(env, present);
  const bool readable = can_read([](void* argument) { static_cast<FreeListWalk*>(argument)->run(); }, &look);
  if (!readable || look.count < pages - present) refuse_cut(file, size, pages * stat.ms_psize);
}

// Before anything is written, tables included: a newer store must stay as it is.
void check_schema_version(MDB_env* env, const std::filesystem::path& directory, std::uint64_t known,
                          Versions versions) {
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction), messages::cannot_read_store);
  std::optional<std::uint64_t> version;
  MDB_dbi meta = 0;
  MDB_val key = to_val(pki::as_bytes(kSchemaVersionKey)), value{};
  if (mdb_dbi_open(transaction, "meta", 0, &meta) == MDB_SUCCESS &&
      mdb_get(transaction, meta, &key, &value) == MDB_SUCCESS)
    version = pki::read_big_endian(to_view(value));
  mdb_txn_abort(transaction);
  if (!version) throw StoreError(pki::Message{messages::schema_version_missing, directory.string()});
  if (*version > known)
    throw StoreError(
        pki::Message{messages::schema_version_newer, std::to_string(*version), std::to_string(known)});
  if (*version < known && versions == Versions::current)
    throw StoreError(pki::Message{messages::schema_version_older, std::to_string(*version)});
}

// A reader leaves everything as it is, so what it has no table of is refused.
void open_tables(MDB_env* env, const Schema& schema, OpenMode mode, std::array<MDB_dbi, kTablesMax>& out) {
  MDB_txn* transaction = nullptr;
  const unsigned flags = mode == OpenMode::reader ? MDB_RDONLY : 0;
  check(mdb_txn_begin(env, nullptr, flags, &transaction), messages::cannot_open_tables);
  for (const Table& table : schema.tables) {
    const int code = mdb_dbi_open(transaction, std::string(table.name).c_str(),
                                  mode == OpenMode::reader ? 0 : MDB_CREATE, &out.at(table.index));
    if (code != MDB_SUCCESS) {
      mdb_txn_abort(transaction);
      // Of this schema version all the same: a table was added that holds nothing yet.
      if (code == MDB_NOTFOUND) throw StoreError(pki::Message{messages::table_missing, table.name});
      fail_store({messages::cannot_open_table, table.name}, code);
    }
  }
  check(mdb_txn_commit(transaction), messages::cannot_open_tables);
}

}  // namespace

std::unique_ptr<Environment> Environment::open(const EnvironmentOptions& options, const Schema& schema) {
  require_store(options.directory);
  return std::unique_ptr<Environment>(
      new Environment(open_handle(options, schema, OpenMode::owner, Versions::current)));
}

std::unique_ptr<Environment> Environment::open_any_version(const EnvironmentOptions& options,
                                                           const Schema& schema) {
  require_store(options.directory);
  return std::unique_ptr<Environment>(
      new Environment(open_handle(options, schema, OpenMode::owner, Versions::any_known)));
}

std::unique_ptr<Environment> Environment::open_beside(const EnvironmentOptions& options,
                                                      const Schema& schema) {
  require_store(options.directory);
  return std::unique_ptr<Environment>(
      new Environment(open_handle(options, schema, OpenMode::reader, Versions::current)));
}

void Environment::copy_to(int descriptor) const {
  const off_t start = ::lseek(descriptor, 0, SEEK_CUR);
  int code = mdb_env_copyfd2(handle_->env, descriptor, MDB_CP_COMPACT);
  // A store that has lost pages cannot be made compact, and is whole all the same.
  if (code == MDB_INCOMPATIBLE && ::ftruncate(descriptor, start) == 0 &&
      ::lseek(descriptor, start, SEEK_SET) == start)
    code = mdb_env_copyfd2(handle_->env, descriptor, 0);
  check(code, messages::cannot_copy_store);
}

std::unique_ptr<Environment::Handle> Environment::open_handle(const EnvironmentOptions& options,
                                                              const Schema& schema, OpenMode mode,
                                                              Versions versions) {
  auto handle = std::make_unique<Environment::Handle>();
  const std::filesystem::path file = options.directory / "data.mdb";
  const bool exists = std::filesystem::exists(file);
  if (mode == OpenMode::owner) handle->owner.emplace(options.directory);
  if (exists) check_beginning(file);
  const auto check_opening = [&options](int code) {
    if (code != MDB_SUCCESS) fail_store({messages::cannot_open_store, options.directory.string()}, code);
  };
  check_opening(mdb_env_create(&handle->env));
  check_opening(mdb_env_set_maxdbs(handle->env, static_cast<MDB_dbi>(schema.tables.size())));
  check_opening(mdb_env_set_maxreaders(handle->env, kMaxReaders));
  check_opening(mdb_env_set_mapsize(handle->env, options.map_bytes));
  // NOTLS: transactions belong to their holder, not to a thread.
  unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
  if (options.durability == Durability::temporary) flags |= MDB_NOSYNC;
  if (mode == OpenMode::reader) flags |= MDB_RDONLY;
  check_opening(mdb_env_open(handle->env, options.directory.c_str(), flags, 0600));
  // A file that was not there before may be root's now (`jpki ca roll`), and the service runs as another
  // user.
  for (const char* const name : {"owner.lock", "data.mdb", "lock.mdb"})
    pki::give_to_owner_of_folder(options.directory / name);
  handle->fault_line.emplace(file);
  if (exists) {
    check_size(handle->env, file);
    check_schema_version(handle->env, options.directory, schema.version, versions);
  }
  int dead_readers = 0;
  check_opening(mdb_reader_check(handle->env, &dead_readers));
  open_tables(handle->env, schema, mode, handle->tables);
  return handle;
}

std::uint64_t read_schema_version(const ReadTransaction& transaction) {
  const auto value = transaction.get(tables::meta, pki::as_bytes(kSchemaVersionKey));
  return value ? pki::read_big_endian(*value) : 0;
}

void write_schema_version(WriteTransaction& transaction, std::uint64_t version) {
  pki::Bytes value;
  pki::append_big_endian(value, version, 8);
  transaction.put(tables::meta, pki::as_bytes(kSchemaVersionKey), value);
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
      fail_store(messages::cannot_read_store, code);
    }
  } else {
    check(mdb_txn_begin(handle_->env, nullptr, MDB_RDONLY, &transaction), messages::cannot_read_store);
  }
  return {*this, transaction};
}

std::vector<ReadTransaction> Environment::read_same_snapshot(std::size_t count) const {
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

WriteTransaction Environment::dry_run(Overlay& overlay) const {
  ReadTransaction snapshot = read();
  WriteTransaction transaction(*this, std::exchange(snapshot.transaction_, nullptr));
  transaction.overlay_ = &overlay;
  return transaction;
}

WriteTransaction Environment::write() {
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(handle_->env, nullptr, 0, &transaction), messages::cannot_write_store);
  return {*this, transaction};
}

WriteTransaction begin_exclusive_write(Environment& environment) {
  WriteTransaction transaction = environment.write();
  if (read_log_position(transaction)) throw pki::ErrorException(store_belongs_to_log());
  return transaction;
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
    const Overlay::Entries& overlay = overlay_->table(table);
    if (const auto found = overlay.find(key); found != overlay.end())
      return found->second ? std::optional<pki::ByteView>(*found->second) : std::nullopt;
  }
  MDB_val key_val = to_val(key), value{};
  const int code = mdb_get(transaction_, environment_->handle_->tables[table.index], &key_val, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  check(code, messages::cannot_read_store);
  return to_view(value);
}

Cursor ReadTransaction::cursor(const Table& table, KeyRange range) const {
  MDB_cursor* cursor = nullptr;
  check(mdb_cursor_open(transaction_, environment_->handle_->tables[table.index], &cursor),
        messages::cannot_read_store);
  return {cursor, overlay_ == nullptr ? nullptr : &overlay_->table(table), range};
}

std::uint64_t ReadTransaction::count(const Table& table) const {
  MDB_stat stat{};
  check(mdb_stat(transaction_, environment_->handle_->tables[table.index], &stat),
        messages::cannot_read_store);
  return stat.ms_entries;
}

std::uint64_t ReadTransaction::snapshot_id() const {
  return mdb_txn_id(transaction_);
}

WriteTransaction::WriteTransaction(WriteTransaction&&) noexcept = default;

WriteTransaction::~WriteTransaction() {
  // A dry run's is a reader's, and goes back to the others.
  if (overlay_ != nullptr) return;
  // Abandoned without commit(): everything is undone.
  if (MDB_txn* transaction = std::exchange(transaction_, nullptr); transaction != nullptr)
    mdb_txn_abort(transaction);
}

void WriteTransaction::put(const Table& table, pki::ByteView key, pki::ByteView value) {
  if (overlay_ != nullptr) return overlay_->put(table, key, value);
  MDB_val key_val = to_val(key), value_val = to_val(value);
  check(mdb_put(transaction_, environment_->handle_->tables[table.index], &key_val, &value_val, 0),
        messages::cannot_write_store);
  if (operations_ != nullptr) operations_->put(table, key, value);
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
  check(code, messages::cannot_write_store);
  if (operations_ != nullptr) operations_->erase(table, key);
  return true;
}

void WriteTransaction::commit() {
  if (overlay_ != nullptr) throw std::logic_error("a dry run cannot be committed");
  check(mdb_txn_commit(std::exchange(transaction_, nullptr)), messages::cannot_write_store);
}

}  // namespace store
