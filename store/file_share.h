// Files that the machines of a log have in common, beside the log: published lists, whose records come by the
// log. A file is in pieces and never changes; nothing is trusted of it that its reader has not checked.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "store/postgres_log.h"

namespace store {

struct SharedFile {
  std::string folder = {}, name = {};
  std::uint64_t size = 0;

  friend bool operator==(const SharedFile&, const SharedFile&) = default;
};

// One thread at a time.
class FileShare {
 public:
  FileShare() = default;
  FileShare(const FileShare&) = delete;
  FileShare& operator=(const FileShare&) = delete;
  virtual ~FileShare() = default;

  // All but the last piece of a file have this size.
  static constexpr std::size_t kPiece = std::size_t{1} << 20U;

  // Those that are whole: whose first piece is there.
  [[nodiscard]] virtual pki::Result<std::vector<SharedFile>> files() = 0;
  // Errc::not_found when there is no such piece.
  [[nodiscard]] virtual pki::Result<pki::Bytes> read(const SharedFile& file, std::uint64_t piece) = 0;
  // A piece that is there stays as it is. The first one is written last.
  [[nodiscard]] virtual pki::Result<void> write(const SharedFile& file, std::uint64_t piece,
                                                pki::ByteView bytes) = 0;
  // With the pieces of one that is not whole.
  [[nodiscard]] virtual pki::Result<void> remove(const SharedFile& file) = 0;
};

[[nodiscard]] std::unique_ptr<FileShare> open_postgres_file_share(PostgresOptions options);

}  // namespace store
