// The folder of private keys: one PKCS#8 file each, readable by the owner alone.

#pragma once

#include <filesystem>
#include <string>

#include "pki/private_key.h"
#include "pki/result.h"

namespace ca {

class KeyFolder final {
 public:
  explicit KeyFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Writes a new file durably, mode 0600; throws when there is one of that name or it cannot be written.
  // Made by root, it belongs to the owner of the folder, whose service has to read it.
  // `heading` is put above the key, e.g. to mark test keys.
  void save(const std::string& name, const pki::PrivateKey& key, const std::string& heading = {}) const;
  // Errc::not_found and Errc::malformed name the file, never its content.
  [[nodiscard]] pki::Result<pki::PrivateKey> load(const std::string& name) const;
  // 32 bytes for registry::Vault, made once and read back.
  void save_sealing_key(pki::ByteView key) const;
  [[nodiscard]] pki::Result<pki::Bytes> load_sealing_key() const;
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

}  // namespace ca
