// From records to files and back.

#include "service/shared_lists.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "crl/list_bytes.h"
#include "crl/store.h"
#include "http/file.h"
#include "pki/messages/service.h"
#include "registry/crls.h"
#include "registry/decoded_issuer.h"
#include "registry/issuers.h"

namespace service {

namespace {

// A file under construction; removed unless it was released.
class NewFile final {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)),
        descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) fail();
  }
  ~NewFile() {
    ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  void append(pki::ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail();
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  void release(const std::filesystem::path& name) {
    if (::fsync(descriptor_) != 0) fail();
    std::filesystem::rename(path_, name);
    path_.clear();
  }

 private:
  [[noreturn]] void fail() const { throw std::system_error(errno, std::generic_category(), path_); }

  std::string path_;
  int descriptor_;
};

// A file with current lists in it, or bases of current deltas.
struct WantedFile {
  store::SharedFile file;
  std::vector<registry::CrlRecord> lists;
};
using WantedFiles = std::map<std::pair<std::string, std::string>, WantedFile>;

void want(WantedFiles& files, const registry::CrlRecord& list) {
  const std::string folder = to_string(list.scope.issuer);
  WantedFile& wanted = files[{folder, list.file}];
  wanted.file = {
      .folder = folder, .name = list.file, .size = std::max(wanted.file.size, list.offset + list.length)};
  wanted.lists.push_back(list);
}

WantedFiles wanted_files(const store::ReadTransaction& transaction) {
  WantedFiles files;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    if (issuer.id.ca == pki::CaName::operations) continue;
    std::vector<pki::DistributionPoint> points = registry::points_of(transaction, issuer.id);
    points.push_back(pki::kWholeGeneration);
    for (const pki::DistributionPoint point : points)
      for (const registry::CrlKind kind : registry::kCrlKinds) {
        const auto list = registry::current_crl(transaction, {issuer.id, point}, kind);
        if (!list) continue;
        want(files, *list);
        if (const auto base = registry::base_of(transaction, *list)) want(files, *base);
      }
  }
  return files;
}

std::uint64_t pieces_of(std::uint64_t size) {
  return (size + store::FileShare::kPiece - 1) / store::FileShare::kPiece;
}

// The last piece first: a file is whole when its first one is there.
pki::Result<void> share_file(store::FileShare& share, const WantedFile& wanted, const http::File& file) {
  for (std::uint64_t piece = pieces_of(file.size()); piece > 0; --piece) {
    const std::uint64_t offset = (piece - 1) * store::FileShare::kPiece;
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(store::FileShare::kPiece, file.size() - offset));
    TRY_ASSIGN(const pki::Bytes bytes, file.read(offset, length));
    TRY(share.write(wanted.file, piece - 1, bytes));
  }
  return {};
}

pki::Result<void> check_lists(const store::ReadTransaction& transaction, const WantedFile& wanted,
                              const std::string& path) {
  TRY_ASSIGN(const http::File file, http::File::open(path));
  for (const registry::CrlRecord& list : wanted.lists) {
    const auto issuer = registry::find_issuer(transaction, list.scope.issuer);
    TRY_ASSIGN(const registry::DecodedIssuer authority, registry::decode_issuer(issuer.value()));
    if (!crl::holds_all_of(file, list) || crl::check_bytes(file, list, authority).has_error())
      return pki::fail(pki::Errc::conflict, {messages::shared_list_differs, wanted.file.name});
  }
  return {};
}

pki::Result<void> fetch_file(store::FileShare& share, const store::Environment& environment,
                             const WantedFile& wanted, const store::SharedFile& shared,
                             const std::filesystem::path& path, const std::function<bool()>& go_on) {
  std::filesystem::create_directories(path.parent_path());
  NewFile file(path.string() + ".tmp");
  for (std::uint64_t piece = 0; piece < pieces_of(shared.size); ++piece) {
    if (go_on && !go_on()) return {};
    TRY_ASSIGN(const pki::Bytes bytes, share.read(shared, piece));
    file.append(bytes);
  }
  TRY(check_lists(environment.read(), wanted, file.path()));
  file.release(path);
  return {};
}

}  // namespace

pki::Result<void> share_lists(store::FileShare& share, const store::Environment& environment,
                              const std::filesystem::path& folder) {
  const WantedFiles wanted = wanted_files(environment.read());
  TRY_ASSIGN(const std::vector<store::SharedFile> shared, share.files());
  for (const store::SharedFile& file : shared)
    if (!wanted.contains({file.folder, file.name})) TRY(share.remove(file));
  for (const auto& [name, one] : wanted) {
    const bool is_shared = std::ranges::any_of(shared, [&](const store::SharedFile& file) {
      return file.folder == one.file.folder && file.name == one.file.name;
    });
    if (is_shared) continue;
    const auto file = http::File::open(crl::path_of(folder, one.lists.front()).string());
    if (file.has_value() && file->size() >= one.file.size) TRY(share_file(share, one, *file));
  }
  return {};
}

pki::Result<void> fetch_lists(store::FileShare& share, const store::Environment& environment,
                              const std::filesystem::path& folder, const std::function<bool()>& go_on) {
  WantedFiles missing = wanted_files(environment.read());
  std::erase_if(missing, [&](const auto& one) {
    const auto there = http::File::open(crl::path_of(folder, one.second.lists.front()).string());
    return there.has_value() && there->size() >= one.second.file.size;
  });
  if (missing.empty()) return {};
  TRY_ASSIGN(const std::vector<store::SharedFile> shared, share.files());
  pki::Result<void> result;
  for (const store::SharedFile& file : shared) {
    const auto wanted = missing.find({file.folder, file.name});
    if (go_on && !go_on()) break;
    if (wanted == missing.end() || file.size < wanted->second.file.size) continue;
    auto fetched = fetch_file(share, environment, wanted->second, file,
                              crl::path_of(folder, wanted->second.lists.front()), go_on);
    if (fetched.has_error()) result = std::move(fetched);
  }
  return result;
}

}  // namespace service
