// Folders jpki-mock-XXXXXX with a lock file in each.

#include "mock/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "mock/mock.h"
#include "pki/messages/mock.h"

namespace mock {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "jpki-mock-";
constexpr const char* kLock = "lock";
// Until it is locked: a lock file that its owner has not locked yet looks like one that was left.
constexpr const char* kNewLock = "lock.new";
// A folder without a lock is being made, or was left by a mock of an earlier version.
constexpr std::chrono::minutes kUnlockedFor{10};

fs::path place() {
  std::error_code error;
  const fs::path folder = fs::temp_directory_path(error);
  if (error) throw SurroundingsError({messages::no_temporary_folder, error.message()});
  return folder;
}

// Locks a file; -1 when another process has it or there is none.
int lock(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0600);
  if (file < 0) return -1;
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  ::close(file);
  return -1;
}

// The lock of a new folder, which is there only once it is locked; -1 when it cannot be made.
int make_lock(const fs::path& folder) {
  const int file = lock(folder / kNewLock, O_CREAT | O_EXCL);
  if (file < 0 || ::rename((folder / kNewLock).c_str(), (folder / kLock).c_str()) == 0) return file;
  const int why = errno;
  ::close(file);
  errno = why;
  return -1;
}

bool is_ours(const fs::path& folder) {
  struct stat status{};
  return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
}

bool is_stale(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / kLock, ignored)) {
    const auto changed = fs::last_write_time(folder, ignored);
    return !ignored && fs::file_time_type::clock::now() - changed > kUnlockedFor;
  }
  const int file = lock(folder / kLock, 0);
  if (file < 0) return false;
  ::close(file);
  return true;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (place() / (std::string(kPrefix) + "XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw SurroundingsError({messages::folder_not_made, place().string(), std::strerror(errno)});
  path_ = pattern;
  lock_ = make_lock(path_);
  if (lock_ >= 0) return;
  const std::string why = std::strerror(errno);
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  throw SurroundingsError({messages::folder_unwritable, path_.string(), why});
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

std::size_t tidy_stale_folders() {
  std::size_t removed = 0;
  std::error_code error;
  for (fs::directory_iterator entry(place(), fs::directory_options::skip_permission_denied, error), end;
       !error && entry != end; entry.increment(error)) {
    const fs::path folder = entry->path();
    if (!folder.filename().string().starts_with(kPrefix) || !is_ours(folder) || !is_stale(folder)) continue;
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    if (!ignored) ++removed;
  }
  return removed;
}

}  // namespace mock
