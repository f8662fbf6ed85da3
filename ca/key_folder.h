// The folder of private keys: one file for each, readable by the owner alone.
//
// A file holds a key (PKCS#8, PEM), a key under a passphrase (pki/encrypted_key.h), or names a key on a token
// and its public half. Each file says which; how *new* keys are kept stands in the file `protection` of the
// folder.

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ca/key_access.h"
#include "pki/private_key.h"
#include "pki/result.h"
#include "pki/signer.h"

namespace ca {

// Where keys come from: generated, or ready-made for the mock. `purpose` is the key file's name.
using KeySource = std::function<pki::PrivateKey(std::string_view purpose, pki::KeyAlgorithm algorithm)>;

inline constexpr std::string_view kKeyEnding = ".key";
// In the name of a key that was set aside (ca/left_keys.h), between its former name and the time.
inline constexpr std::string_view kLeftMark = ".left-";
[[nodiscard]] bool is_left_key(std::string_view file);
// A key file's name without its ending.
[[nodiscard]] std::string stem_of_key(std::string_view file);

// How a folder keeps its new keys. All of it empty: in plain files.
struct KeyKeeping {
  bool passphrase = false;
  // PKCS#11 URI of the token that makes the keys of CAs and responders; empty: they lie in files.
  std::string token = {};
  // Where the sealing key lies, outside the data folder; empty: registry.key in the folder of keys.
  std::filesystem::path sealing_key = {};
};

// What a key file holds, found without opening it.
enum class KeyForm { plain, encrypted, on_token };
[[nodiscard]] std::string_view to_string(KeyForm form);

class KeyFolder final {
 public:
  // Without `access`, what is encrypted or on a token cannot be used.
  explicit KeyFolder(std::filesystem::path folder, std::shared_ptr<KeyAccess> access = nullptr)
      : folder_(std::move(folder)), access_(std::move(access)) {}

  [[nodiscard]] pki::Result<KeyKeeping> keeping() const;
  // Replaces it.
  [[nodiscard]] pki::Result<void> set_keeping(const KeyKeeping& keeping) const;

  // Writes a new file durably, mode 0600, as the folder keeps keys; throws when there is one of that name or
  // it cannot be written, ErrorException without a passphrase. Made by root, it belongs to the owner of the
  // folder, whose service has to read it. `heading` is put above the key, e.g. to mark test keys.
  void save(const std::string& name, const pki::PrivateKey& key, const std::string& heading = {}) const;
  // The key of a file. Errc::not_found, Errc::malformed and Errc::invalid_value (wrong or no passphrase) name
  // the file, never its content; Errc::unsupported for a key on a token.
  [[nodiscard]] pki::Result<pki::PrivateKey> load(const std::string& name) const;

  // A new key, where the folder keeps keys: on the token, or from `source` into a file. Errc::conflict when
  // there is one of that name; errors of the token, on which the label of a key that was set aside is taken.
  [[nodiscard]] pki::Result<std::shared_ptr<const pki::Signer>> make_signer(
      const std::string& name, pki::KeyAlgorithm algorithm, const KeySource& source,
      const std::string& heading = {}) const;
  // The signer of a file, wherever the key is. Errors as load(); a token is not asked. `certificate`, DER,
  // must be of this key.
  [[nodiscard]] pki::Result<std::shared_ptr<const pki::Signer>> load_signer(const std::string& name,
                                                                            pki::ByteView certificate) const;
  // Removes a key, on the token, too; what is not there is no error.
  [[nodiscard]] pki::Result<void> remove(const std::string& name) const;

  // 32 bytes that seal (registry/data_keys.h): made once and read back. Kept plain, under the passphrase, or
  // wrapped by a key of the token. Errc::not_found when the file is missing, Errc::too_busy when the token
  // is.
  [[nodiscard]] pki::Result<void> save_sealing_key(pki::ByteView key) const;
  [[nodiscard]] pki::Result<pki::Bytes> load_sealing_key() const;
  [[nodiscard]] pki::Result<std::filesystem::path> sealing_key_file() const;
  // With the key of the token that has wrapped it.
  [[nodiscard]] pki::Result<void> remove_sealing_key() const;

  // Brings every key file and the sealing key into the form that `keeping` says; keys on a token stay there.
  // The passphrase, if any, comes from `next`. The folder is replaced as a whole, so that one that was broken
  // off has changed nothing. What was set aside and is no whole key stays as it is. Gives the names of what
  // was changed.
  [[nodiscard]] pki::Result<std::vector<std::string>> protect(const KeyKeeping& keeping,
                                                              KeyAccess& next) const;

  // The files of the folder that a backup may hold: encrypted ones, and those that name a key on a token; and
  // the others. A sealing key that lies elsewhere is in neither.
  struct Files {
    std::vector<std::string> may_travel, plain;
  };
  [[nodiscard]] pki::Result<Files> files_to_back_up() const;

  // The names of all key files, and what each holds; the sealing key is not among them.
  [[nodiscard]] std::vector<std::pair<std::string, KeyForm>> list() const;
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const { return folder_ / name; }

 private:
  [[nodiscard]] pki::Result<pki::Secret> passphrase() const;
  [[nodiscard]] std::shared_ptr<const pki::Signer> signer_of(const pki::PrivateKey& key) const;
  [[nodiscard]] pki::Result<std::shared_ptr<pki::Token>> token(const std::string& uri) const;
  [[nodiscard]] std::string free_label(const std::string& name) const;
  [[nodiscard]] pki::Result<void> remove_file(const std::filesystem::path& file) const;
  [[nodiscard]] pki::Result<std::string> encode(const pki::PrivateKey& key, const KeyKeeping& keeping,
                                                KeyAccess* access) const;
  [[nodiscard]] pki::Result<std::string> encode_sealing_key(pki::ByteView key, const KeyKeeping& keeping,
                                                            KeyAccess* access) const;
  [[nodiscard]] pki::Result<std::string> protected_sealing_key(const KeyKeeping& wanted,
                                                               KeyAccess& next) const;

  std::filesystem::path folder_;
  std::shared_ptr<KeyAccess> access_;
};

}  // namespace ca
