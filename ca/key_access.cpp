// Asks for the passphrase once and makes one token for each URI, behind one lock.

#include "ca/key_access.h"

namespace ca {

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

}  // namespace ca
