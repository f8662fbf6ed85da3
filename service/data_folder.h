// Where everything of one authority lies on the disk.

#pragma once

#include <filesystem>

#include "pki/result.h"

namespace service {

// Where things lie below the data folder.
struct DataFolder {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path config() const { return root / "jpki.toml"; }
  [[nodiscard]] std::filesystem::path store() const { return root / "store"; }
  [[nodiscard]] std::filesystem::path keys() const { return root / "keys"; }
  [[nodiscard]] std::filesystem::path crls() const { return root / "crl"; }
  [[nodiscard]] std::filesystem::path nonces() const { return root / "pinless-nonces"; }
  [[nodiscard]] std::filesystem::path admin_socket() const { return root / "admin.sock"; }
};

// Errc::forbidden when others may look into the folder, its store or its keys.
[[nodiscard]] pki::Result<void> check_privacy(const DataFolder& data);

}  // namespace service
