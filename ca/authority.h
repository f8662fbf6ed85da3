// The CA generations of a store with their keys in use.

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ca/certificate_builder.h"
#include "ca/key_folder.h"
#include "ca/profile.h"
#include "pki/public_key.h"
#include "pki/signer.h"
#include "store/environment.h"

namespace ca {

struct IssuingCa {
  IssuerFacts facts;
  pki::Bytes certificate;
  std::shared_ptr<const pki::Signer> signer;
  // The public key, to verify each fresh signature with.
  std::optional<pki::PublicKey> verification_key;
};

// A generation's OCSP responder with its key in use.
struct DelegatedResponder {
  registry::IssuerId issuer;
  pki::Bytes ca_certificate;
  pki::Bytes certificate;
  std::shared_ptr<const pki::Signer> signer;
};

class Authority final {
 public:
  // Every generation of the store, by CA name and generation.
  static pki::Result<Authority> load(const store::ReadTransaction& transaction, const KeyFolder& keys,
                                     Profile profile);

  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] const std::vector<IssuingCa>& generations() const { return generations_; }
  // The newest generation of a CA name: the one that issues.
  [[nodiscard]] const IssuingCa& current(pki::CaName ca) const;
  [[nodiscard]] const IssuingCa* find(registry::IssuerId id) const;

 private:
  Authority(Profile profile, std::vector<IssuingCa> generations)
      : profile_(std::move(profile)), generations_(std::move(generations)) {}

  Profile profile_;
  std::vector<IssuingCa> generations_;
};

[[nodiscard]] pki::Result<std::vector<DelegatedResponder>> load_responders(
    const store::ReadTransaction& transaction, const KeyFolder& keys);

}  // namespace ca
