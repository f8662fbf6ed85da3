// Who knows the secrets behind a folder of keys: the passphrase of encrypted files, the PIN of the token.
//
// Each is asked for when the first key needs it and kept for the life of the process, since responders' keys
// are renewed while it serves. And how the keys of files sign, where that is not OpenSSL's way (the mock).

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
#include "pki/signer.h"
#include "pki/token.h"

namespace ca {

// Usable from any thread.
class KeyAccess final {
 public:
  using Source = std::function<pki::Result<pki::Secret>()>;

  using SignerMaker = std::function<std::shared_ptr<const pki::Signer>(const pki::PrivateKey& key)>;

  KeyAccess(Source passphrase, Source pin)
      : passphrase_source_(std::move(passphrase)), pin_source_(std::move(pin)) {}
  // For folders of plain files whose keys sign as `make_signer` says. What it has made is kept, so that a
  // folder that is opened again and again has each of its keys read once.
  explicit KeyAccess(SignerMaker make_signer);

  // The source's error when it has none; asked for once.
  [[nodiscard]] pki::Result<pki::Secret> passphrase();
  // The token of a URI; connects to nothing yet.
  [[nodiscard]] pki::Result<std::shared_ptr<pki::Token>> token(const std::string& uri);
  // Of the tokens that were used: why one could not be the last time.
  [[nodiscard]] std::vector<std::string> token_faults() const;
  // The signer of a key that lies in a file: OpenSSL's, or as the maker says.
  [[nodiscard]] std::shared_ptr<const pki::Signer> signer_of(const pki::PrivateKey& key);
  // The one that was kept for a public key (SubjectPublicKeyInfo, DER); null when there is none.
  [[nodiscard]] std::shared_ptr<const pki::Signer> kept_signer(pki::ByteView public_key) const;

 private:
  Source passphrase_source_, pin_source_;
  SignerMaker make_signer_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<pki::Secret> passphrase_;
  std::map<std::string, std::shared_ptr<pki::Token>> tokens_;
  std::map<pki::Bytes, std::shared_ptr<const pki::Signer>> signers_;
};

}  // namespace ca
