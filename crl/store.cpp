// Files and folders of publication, by the system's own calls: what matters is when things reach the disk.

#include "crl/store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <vector>

#include "crl/old_store.h"
#include "pki/messages/crl.h"
#include "pki/number.h"
#include "registry/issuers.h"

namespace crl {

namespace {

constexpr std::string_view kTemporary = ".tmp";
constexpr std::string_view kExtension = ".crls";

[[noreturn]] void refuse(const pki::MessageText& what, pki::Message file) {
  throw pki::MessageError({what, std::move(file), std::generic_category().message(errno)});
}

// Makes the entries of a folder durable.
void sync_entries(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) refuse(messages::cannot_open, folder.string());
  const int answer = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (answer != 0) refuse(messages::cannot_sync, folder.string());
}

// 1763870400000 of complete-1763870400000-2.crls; 0 when there is none.
std::uint64_t number_in_name(std::string_view name) {
  name.remove_prefix(std::min(name.find('-'), name.size() - 1) + 1);
  return pki::parse_number<std::uint64_t>(name.substr(0, name.find_first_not_of("0123456789"))).value_or(0);
}

}  // namespace

PublicationFile::PublicationFile(const std::filesystem::path& folder, registry::IssuerId issuer,
                                 registry::CrlKind kind, std::uint64_t number)
    : directory_(folder / to_string(issuer)) {
  if (std::filesystem::create_directories(directory_)) sync_entries(folder);
  const std::string stem = std::string(to_string(kind)) + "-" + std::to_string(number);
  name_ = stem + std::string(kExtension);
  for (int copy = 2; std::filesystem::exists(directory_ / name_); ++copy)
    name_ = stem + "-" + std::to_string(copy) + std::string(kExtension);
  const std::filesystem::path path = directory_ / (name_ + std::string(kTemporary));
  // One publisher writes here, so a temporary file of this name is what a crash left.
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) refuse(messages::cannot_create, path.string());
}

PublicationFile::~PublicationFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!released_) ::unlink((directory_ / (name_ + std::string(kTemporary))).c_str());
}

void PublicationFile::write(std::uint64_t offset, pki::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refuse(messages::cannot_write, (directory_ / name_).string());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void PublicationFile::read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t read = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (read < 0 && errno == EINTR) continue;
    if (read == 0) errno = EIO;
    if (read <= 0) refuse(messages::cannot_read, (directory_ / name_).string());
    bytes = bytes.subspan(static_cast<std::size_t>(read));
    offset += static_cast<std::uint64_t>(read);
  }
}

void PublicationFile::begin_writeback(std::uint64_t offset, std::uint64_t length) {
  // Only a hint; where the file system knows nothing of it, sync() does all the work.
  ::sync_file_range(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(length),
                    SYNC_FILE_RANGE_WRITE);
}

void PublicationFile::sync() {
  if (::fdatasync(descriptor_) != 0) refuse(messages::cannot_sync, (directory_ / name_).string());
}

void PublicationFile::release() {
  std::filesystem::rename(directory_ / (name_ + std::string(kTemporary)), directory_ / name_);
  released_ = true;
}

void PublicationFile::sync_folder() const {
  sync_entries(directory_);
}

MappedFile::MappedFile(const PublicationFile& file, std::uint64_t offset, std::uint64_t length) {
  map(file.descriptor(), messages::publication_file, offset, length);
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) refuse(messages::cannot_open, path.string());
  try {
    struct stat facts{};
    if (::fstat(descriptor, &facts) != 0) refuse(messages::cannot_read, path.string());
    map(descriptor, path.string(), 0, static_cast<std::uint64_t>(facts.st_size));
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
}

void MappedFile::map(int descriptor, const pki::Message& what, std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t begin = offset / page * page;
  const auto size = static_cast<std::size_t>(offset - begin + length);
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, static_cast<off_t>(begin));
  if (start == MAP_FAILED) refuse(messages::cannot_read, what);
  start_ = start;
  size_ = size;
  ::madvise(start, size, MADV_SEQUENTIAL);
  view_ = pki::ByteView(static_cast<const std::uint8_t*>(start), size).subspan(offset - begin);
}

MappedFile::~MappedFile() {
  if (start_ != nullptr) ::munmap(start_, size_);
}

std::filesystem::path path_of(const std::filesystem::path& folder, const registry::CrlRecord& record) {
  return folder / to_string(record.scope.issuer) / record.file;
}

std::optional<std::uint64_t> number_of_file(std::string_view name) {
  if (!name.ends_with(kExtension)) return std::nullopt;
  return number_in_name(name);
}

OrphanSweep sweep_orphans(const store::ReadTransaction& transaction, const std::filesystem::path& folder) {
  if (const auto proof = find_newer_lists(transaction, folder))
    throw store::StoreError(old_store_message(*proof));
  OrphanSweep sweep;
  const std::uint64_t kept = registry::lists_kept_through(transaction);
  std::vector<std::filesystem::path> orphans;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    const std::filesystem::path directory = folder / to_string(issuer.id);
    if (!std::filesystem::is_directory(directory)) continue;
    std::set<std::string> known;
    for (auto records = registry::crls_of_issuer(transaction, issuer.id); records.valid(); records.next())
      known.insert(records.row().file);
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string name = entry.path().filename().string();
      const bool is_list = name.ends_with(kExtension);
      const bool is_temporary = name.ends_with(std::string(kExtension) + std::string(kTemporary));
      if (!is_list && !is_temporary) continue;
      sweep.greatest_number = std::max(sweep.greatest_number, number_in_name(name));
      if (is_list && (known.contains(name) || number_in_name(name) <= kept)) continue;
      if (is_list && holds_newer_list(transaction, issuer.id, entry.path()))
        throw store::StoreError(old_store_message({messages::holds_greater_numbers, entry.path().string()}));
      if (is_list)
        sweep.greatest_unknown_number = std::max(sweep.greatest_unknown_number, number_in_name(name));
      orphans.push_back(entry.path());
    }
  }
  for (const std::filesystem::path& orphan : orphans)
    sweep.removed += std::filesystem::remove(orphan) ? 1U : 0U;
  return sweep;
}

}  // namespace crl
