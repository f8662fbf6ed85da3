// Loading keys and checking that they belong to their certificates.

#include "ca/authority.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace ca {

pki::Result<Authority> Authority::load(const store::ReadTransaction& transaction, const KeyFolder& keys,
                                       Profile profile) {
  std::vector<registry::SigningIssuer> generations;
  for (const registry::Issuer& record : registry::all_issuers(transaction)) {
    TRY_ASSIGN(auto signer, keys.load_signer(record.key_file, record.certificate));
    TRY_ASSIGN(registry::SigningIssuer issuer, registry::SigningIssuer::make(record, std::move(signer)));
    generations.push_back(std::move(issuer));
  }
  return Authority(std::move(profile), std::move(generations));
}

const registry::SigningIssuer& Authority::current(pki::CaName ca) const {
  const registry::SigningIssuer* newest = nullptr;
  for (const registry::SigningIssuer& generation : generations_)
    if (generation.id().ca == ca) newest = &generation;
  if (newest == nullptr)
    throw std::logic_error("the store has no CA named " + std::string(pki::to_string(ca)));
  return *newest;
}

const registry::SigningIssuer* Authority::find(registry::IssuerId id) const {
  const auto found = std::ranges::find(generations_, id, &registry::SigningIssuer::id);
  return found == generations_.end() ? nullptr : &*found;
}

pki::Result<std::vector<registry::SigningResponder>> load_responders(
    const store::ReadTransaction& transaction, const KeyFolder& keys) {
  std::vector<registry::SigningResponder> responders;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    const auto record = registry::find_responder(transaction, issuer.id);
    if (!record) continue;
    registry::SigningResponder responder{issuer.id, issuer.certificate, record->certificate, nullptr};
    TRY_ASSIGN(responder.signer, keys.load_signer(record->key_file, record->certificate));
    responders.push_back(std::move(responder));
  }
  return responders;
}

}  // namespace ca
