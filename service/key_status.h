// How the keys of a data folder are kept, and keeping them otherwise, while no service runs.

#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ca/key_folder.h"
#include "registry/data_keys.h"
#include "service/data_folder.h"

namespace service {

struct KeyStatus {
  // Each key file, and what it holds.
  std::vector<std::pair<std::string, ca::KeyForm>> files;
  ca::KeyKeeping keeping;
  std::filesystem::path sealing_key;
  registry::RotationState rotation;
};

// Asks for no secret, and may be called while a service runs.
[[nodiscard]] pki::Result<KeyStatus> read_key_status(const DataFolder& data);

// Encrypts the key files and the sealing key under the passphrase of `next`, or writes them in plain. Gives
// the names of the files. Throws StoreError while a service has the store: it would go on with the former
// passphrase.
[[nodiscard]] pki::Result<std::vector<std::string>> protect_keys(const DataFolder& data,
                                                                 const ca::KeyKeeping& keeping,
                                                                 ca::KeyAccess& next);

}  // namespace service
