// The CA generations of a store with their keys in use.

#pragma once

#include <vector>

#include "ca/key_folder.h"
#include "ca/profile.h"
#include "registry/signing_issuer.h"
#include "store/environment.h"

namespace ca {

class Authority final {
 public:
  // The generations given, by CA name and generation.
  Authority(Profile profile, std::vector<registry::SigningIssuer> generations)
      : profile_(std::move(profile)), generations_(std::move(generations)) {}
  // Every generation of the store, with its key from `keys`.
  static pki::Result<Authority> load(const store::ReadTransaction& transaction, const KeyFolder& keys,
                                     Profile profile);

  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] const std::vector<registry::SigningIssuer>& generations() const { return generations_; }
  // The newest generation of a CA name: the one that issues.
  [[nodiscard]] const registry::SigningIssuer& current(pki::CaName ca) const;
  [[nodiscard]] const registry::SigningIssuer* find(registry::IssuerId id) const;

 private:
  Profile profile_;
  std::vector<registry::SigningIssuer> generations_;
};

// Of every generation that has one, with its key from `keys`.
[[nodiscard]] pki::Result<std::vector<registry::SigningResponder>> load_responders(
    const store::ReadTransaction& transaction, const KeyFolder& keys);

}  // namespace ca
