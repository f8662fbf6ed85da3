// Loading keys and checking that they belong to their certificates.

#include "ca/authority.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "pki/certificate.h"
#include "pki/messages/ca.h"

namespace ca {

namespace {

pki::Result<std::shared_ptr<const pki::Signer>> load_signer(const KeyFolder& keys, const std::string& name,
                                                            pki::ByteView certificate) {
  TRY_ASSIGN(const pki::PrivateKey key, keys.load(name));
  TRY_ASSIGN(const pki::Certificate decoded, pki::Certificate::decode(certificate));
  if (!pki::equal(decoded.subject_public_key_info(), key.public_key()))
    return pki::fail(pki::Errc::malformed, {messages::key_file_foreign, keys.path_of(name).string()});
  return pki::make_openssl_signer(key);
}

}  // namespace

pki::Result<Authority> Authority::load(const store::ReadTransaction& transaction, const KeyFolder& keys,
                                       Profile profile) {
  std::vector<registry::SigningIssuer> generations;
  for (const registry::Issuer& record : registry::all_issuers(transaction)) {
    TRY_ASSIGN(auto signer, load_signer(keys, record.key_file, record.certificate));
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
    TRY_ASSIGN(responder.signer, load_signer(keys, record->key_file, record->certificate));
    responders.push_back(std::move(responder));
  }
  return responders;
}

}  // namespace ca
