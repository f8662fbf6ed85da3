// Asks for the passphrase once and makes one token for each URI, behind one lock.

#include "ca/key_access.h"

#include "pki/messages/keys.h"

namespace ca {

KeyAccess::KeyAccess(SignerMaker make_signer)
    : passphrase_source_([]() -> pki::Result<pki::Secret> {
        return pki::invalid("passphrase", pki::messages::passphrase_not_given);
      }),
      pin_source_(
          []() -> pki::Result<pki::Secret> { return pki::invalid("pin", pki::messages::pin_not_given); }),
      make_signer_(std::move(make_signer)) {}

pki::Result<pki::Secret> KeyAccess::passphrase() {
  const std::lock_guard lock(mutex_);
  if (!passphrase_) {
    TRY_ASSIGN(passphrase_, passphrase_source_());
  }
  return *passphrase_;
}

pki::Result<std::shared_ptr<pki::Token>> KeyAccess::token(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  auto& token = tokens_[uri];
  if (!token) {
    TRY_ASSIGN(token, pki::Token::make(uri, pin_source_));
  }
  return token;
}

std::vector<std::string> KeyAccess::token_faults() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> faults;
  for (const auto& [uri, token] : tokens_)
    if (token)
      if (auto fault = token->fault()) faults.push_back(std::move(*fault));
  return faults;
}

std::shared_ptr<const pki::Signer> KeyAccess::signer_of(const pki::PrivateKey& key) {
  if (!make_signer_) return pki::make_openssl_signer(key);
  const std::lock_guard lock(mutex_);
  auto& kept = signers_[key.public_key()];
  if (!kept) kept = make_signer_(key);
  return kept;
}

std::shared_ptr<const pki::Signer> KeyAccess::kept_signer(pki::ByteView public_key) const {
  const std::lock_guard lock(mutex_);
  const auto found = signers_.find(pki::to_bytes(public_key));
  return found != signers_.end() ? found->second : nullptr;
}

}  // namespace ca
