// Modes of folders, and the folder of keys.

#include "service/data_folder.h"

#include "pki/messages/service.h"

#include "ca/key_folder.h"

namespace service {

ca::KeyFolder DataFolder::key_folder() const {
  return ca::KeyFolder(keys(), access);
}

pki::Result<void> check_privacy(const DataFolder& data) {
  using std::filesystem::perms;
  // Passing through is not reading: a folder of mode 0710 lets its group reach the admin socket.
  constexpr perms kOthers = perms::group_read | perms::group_write | perms::others_all;
  for (const std::filesystem::path& folder : {data.root, data.store(), data.keys()}) {
    std::error_code missing;
    const perms mode = std::filesystem::status(folder, missing).permissions();
    if (!missing && (mode & kOthers) != perms::none)
      return pki::fail(pki::Errc::forbidden, {messages::folder_open_to_others, folder.string()});
  }
  return {};
}

}  // namespace service
