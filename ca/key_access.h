// Who knows the secrets behind a folder of keys: the passphrase of encrypted files, the PIN of the token.
//
// Each is asked for when the first key needs it and kept for the life of the process, since responders' keys
// are renewed while it serves.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pki/result.h"
#include "pki/secret.h"
#include "pki/token.h"

namespace ca {

// Usable from any thread.
class KeyAccess final {
 public:
  using Source = std::function<pki::Result<pki::Secret>()>;

  KeyAccess(Source passphrase, Source pin)
      : passphrase_source_(std::move(passphrase)), pin_source_(std::move(pin)) {}

  // The source's error when it has none; asked for once.
  [[nodiscard]] pki::Result<pki::Secret> passphrase();
  // The token of a URI; connects to nothing yet.
  [[nodiscard]] pki::Result<std::shared_ptr<pki::Token>> token(const std::string& uri);
  // Of the tokens that were used: why one could not be the last time.
  [[nodiscard]] std::vector<std::string> token_faults() const;

 private:
  Source passphrase_source_, pin_source_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<pki::Secret> passphrase_;
  std::map<std::string, std::shared_ptr<pki::Token>> tokens_;
};

}  // namespace ca
