// flock(2) on a file of its own, which the end of the process releases.

#include "store/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "pki/messages/store.h"
#include "store/lmdb.h"

namespace store {

OwnerLock::OwnerLock(const std::filesystem::path& directory) {
  const std::string path = (directory / "owner.lock").string();
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) fail_store({messages::cannot_open_file, path}, errno);
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    ::close(file_);
    throw StoreError(pki::Message{messages::store_in_use, directory.string()});
  }
}

OwnerLock::~OwnerLock() {
  ::close(file_);
}

}  // namespace store
