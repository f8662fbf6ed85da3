// Rows in pieces of a mebibyte, under one digest.

#include "store/view_snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "pki/hash.h"
#include "pki/messages/store.h"
#include "store/operations.h"
#include "store/readers.h"
#include "store/writer.h"

namespace store {

namespace {

constexpr std::string_view kMagic = "jpki view snapshot 1\n";
constexpr std::string_view kMark = "view_store";
constexpr std::size_t kIdSize = 16, kNumberSize = 8, kHashSize = 32, kLengthSize = 4;
constexpr std::size_t kPiece = std::size_t{1} << 20U;
// One value may be larger than a piece, by far less than this.
constexpr std::uint64_t kPieceMax = std::uint64_t{64} << 20U;

// A file whose bytes are digested on their way.
class DigestedFile final {
 public:
  DigestedFile(const std::filesystem::path& path, int flags)
      : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) fail();
  }
  ~DigestedFile() { ::close(descriptor_); }
  DigestedFile(const DigestedFile&) = delete;
  DigestedFile& operator=(const DigestedFile&) = delete;

  void write(pki::ByteView bytes) {
    hash_.update(bytes);
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) fail();
      if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  void write_number(std::uint64_t number, std::size_t width) {
    pki::Bytes bytes;
    pki::append_big_endian(bytes, number, width);
    write(bytes);
  }
  // Fewer where the file ends.
  [[nodiscard]] pki::Bytes read(std::size_t size) {
    pki::Bytes bytes(size);
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = ::read(descriptor_, bytes.data() + done, size - done);
      if (count < 0 && errno != EINTR) fail();
      if (count == 0) break;
      if (count > 0) done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    hash_.update(bytes);
    return bytes;
  }
  // Of what was read or written so far; nothing is digested afterwards.
  [[nodiscard]] pki::Bytes digest() { return hash_.finish(); }
  void sync() {
    if (::fsync(descriptor_) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const { throw std::system_error(errno, std::generic_category(), path_.string()); }

  std::filesystem::path path_;
  int descriptor_;
  pki::Hash hash_{pki::HashAlgorithm::sha256};
};

pki::Error damaged(const std::filesystem::path& file) {
  return pki::fail(pki::Errc::malformed, {messages::view_snapshot_damaged, file.string()});
}

void write_piece(DigestedFile& file, Operations& operations) {
  const pki::Bytes& half = operations.half(Readers::views);
  file.write_number(half.size(), kLengthSize);
  file.write(half);
  operations.clear();
}

void write_rows(DigestedFile& file, const ReadTransaction& snapshot, const Schema& schema) {
  Operations operations;
  for (const Table& table : schema.tables) {
    Cursor cursor = snapshot.cursor(table);
    for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
      // What is not for views must not even come into a buffer here.
      if (!is_for_views(table, cursor.key())) continue;
      operations.put(table, cursor.key(), cursor.value());
      if (operations.half(Readers::views).size() >= kPiece) write_piece(file, operations);
    }
  }
  write_piece(file, operations);
}

pki::Result<void> read_rows(DigestedFile& file, const std::filesystem::path& path,
                            WriteTransaction& transaction, const Schema& schema) {
  for (;;) {
    const pki::Bytes length = file.read(kLengthSize);
    if (length.size() != kLengthSize) return damaged(path);
    const std::uint64_t size = pki::read_big_endian(length);
    if (size == 0) return {};
    if (size > kPieceMax) return damaged(path);
    const pki::Bytes half = file.read(static_cast<std::size_t>(size));
    if (half.size() != size) return damaged(path);
    TRY(apply_operations(transaction, schema, half, Readers::views));
  }
}

}  // namespace

pki::Result<LogPosition> write_view_snapshot(const Environment& environment, const Schema& schema,
                                             const std::filesystem::path& file) {
  const ReadTransaction snapshot = environment.read();
  const auto position = read_log_position(snapshot);
  if (!position) return pki::fail(pki::Errc::conflict, messages::view_snapshot_without_log);
  DigestedFile written(file, O_WRONLY | O_CREAT | O_EXCL);
  written.write(pki::as_bytes(kMagic));
  written.write(position->log_id);
  written.write_number(position->number, kNumberSize);
  written.write(position->hash);
  written.write_number(schema.version, kNumberSize);
  write_rows(written, snapshot, schema);
  written.write_number(0, kLengthSize);
  written.write(written.digest());
  written.sync();
  return *position;
}

pki::Result<LogPosition> read_view_snapshot(Environment& environment, const Schema& schema,
                                            const std::filesystem::path& file) {
  DigestedFile read(file, O_RDONLY);
  if (pki::as_text(read.read(kMagic.size())) != kMagic) return damaged(file);
  LogPosition position{.log_id = read.read(kIdSize)};
  const pki::Bytes number = read.read(kNumberSize);
  position.hash = read.read(kHashSize);
  const pki::Bytes version = read.read(kNumberSize);
  if (version.size() != kNumberSize) return damaged(file);
  position.number = pki::read_big_endian(number);
  if (pki::read_big_endian(version) != schema.version)
    return pki::fail(pki::Errc::unsupported, {messages::view_snapshot_of_other_schema, file.string()});
  WriteTransaction transaction = begin_exclusive_write(environment);
  TRY(read_rows(read, file, transaction, schema));
  const pki::Bytes digest = read.digest();
  if (!std::ranges::equal(read.read(kHashSize), digest) || !read.read(1).empty()) return damaged(file);
  transaction.put(tables::meta, pki::as_bytes(kMark), pki::as_bytes(kMark));
  write_log_position(transaction, position);
  transaction.commit();
  return position;
}

bool is_store_of_view(const ReadTransaction& transaction) {
  return transaction.get(tables::meta, pki::as_bytes(kMark)).has_value();
}

}  // namespace store
