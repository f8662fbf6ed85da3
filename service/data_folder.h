// Where everything of one authority lies on the disk.

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "pki/result.h"

namespace ca {
class KeyAccess;
class KeyFolder;
}  // namespace ca

namespace service {

// Where things lie below the data folder, and how its keys are opened.
struct DataFolder {
  std::filesystem::path root;
  // Who knows the passphrase and the PIN; null where all keys are plain files.
  std::shared_ptr<ca::KeyAccess> access = nullptr;

  [[nodiscard]] std::filesystem::path config() const { return root / "jpki.toml"; }
  [[nodiscard]] std::filesystem::path store() const { return root / "store"; }
  [[nodiscard]] std::filesystem::path keys() const { return root / "keys"; }
  [[nodiscard]] ca::KeyFolder key_folder() const;
  [[nodiscard]] std::filesystem::path crls() const { return root / "crl"; }
  [[nodiscard]] std::filesystem::path nonces() const { return root / "pinless-nonces"; }
  // Next to the folder and not in it: what must not be put back together with an old store.
  // `configured` is safety.folder; empty for the default.
  [[nodiscard]] std::filesystem::path safety(const std::string& configured) const {
    return configured.empty() ? root.parent_path() / "jpki-safety" : std::filesystem::path(configured);
  }
  // When `jpki backup` last made a file: a line with the time, RFC 3339.
  [[nodiscard]] std::filesystem::path last_backup() const { return root / "last-backup"; }
  [[nodiscard]] std::filesystem::path admin_socket() const { return root / "admin.sock"; }
};

// Errc::forbidden when others may look into the folder, its store or its keys.
[[nodiscard]] pki::Result<void> check_privacy(const DataFolder& data);

}  // namespace service
