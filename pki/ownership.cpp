// lchown(2) for root.

#include "pki/ownership.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "pki/message.h"
#include "pki/messages/pki.h"

namespace pki {

void give_to_owner_of_folder(const std::filesystem::path& path) {
  if (::geteuid() != 0) return;
  const std::filesystem::path absolute = std::filesystem::absolute(path);
  struct stat folder{};
  if (::stat(absolute.parent_path().c_str(), &folder) == 0 &&
      ::lchown(absolute.c_str(), folder.st_uid, folder.st_gid) == 0)
    return;
  throw MessageError({messages::owner_not_given, absolute.string(), std::generic_category().message(errno)});
}

}  // namespace pki
