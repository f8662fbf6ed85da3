// Pieces as rows of jpki_file.

#include "pki/messages/store.h"
#include "store/file_share.h"
#include "store/postgres_session.h"

namespace store {

namespace {

constexpr const char* kFiles = R"(
SELECT folder, name, sum(octet_length(bytes))::bigint FROM jpki_file
GROUP BY folder, name HAVING min(piece) = 0 ORDER BY folder, name)";
constexpr const char* kReadPiece =
    "SELECT bytes FROM jpki_file WHERE folder = $1::text AND name = $2::text AND piece = $3::bigint";
constexpr const char* kWrite = R"(
INSERT INTO jpki_file (folder, name, piece, bytes) VALUES ($1::text, $2::text, $3::bigint, $4::bytea)
ON CONFLICT (folder, name, piece) DO NOTHING)";
constexpr const char* kRemove = "DELETE FROM jpki_file WHERE folder = $1::text AND name = $2::text";

class PostgresFileShare final : public FileShare {
 public:
  explicit PostgresFileShare(PostgresOptions options) : database_(std::move(options)) {}

  pki::Result<std::vector<SharedFile>> files() override {
    TRY_ASSIGN(const SqlAnswer answer, database_.ask(kFiles));
    std::vector<SharedFile> files;
    for (std::size_t i = 0; i < answer.count(); ++i)
      files.push_back({.folder = answer.text(i, 0), .name = answer.text(i, 1), .size = answer.number(i, 2)});
    return files;
  }
  pki::Result<pki::Bytes> read(const SharedFile& file, std::uint64_t piece) override {
    TRY_ASSIGN(const SqlAnswer answer,
               database_.ask(kReadPiece, SqlParameters().text(file.folder).text(file.name).number(piece)));
    if (answer.count() == 1) return answer.bytes(0, 0);
    return pki::fail(pki::Errc::not_found, {messages::shared_file_missing, file.name});
  }
  pki::Result<void> write(const SharedFile& file, std::uint64_t piece, pki::ByteView bytes) override {
    TRY(database_.ask(kWrite, SqlParameters().text(file.folder).text(file.name).number(piece).bytes(bytes)));
    return {};
  }
  pki::Result<void> remove(const SharedFile& file) override {
    TRY(database_.ask(kRemove, SqlParameters().text(file.folder).text(file.name)));
    return {};
  }

 private:
  LogDatabase database_;
};

}  // namespace

std::unique_ptr<FileShare> open_postgres_file_share(PostgresOptions options) {
  return std::make_unique<PostgresFileShare>(std::move(options));
}

}  // namespace store
