// Loading keys and checking that they belong to their certificates.

#include "ca/authority.h"

#include <algorithm>
#include <stdexcept>

#include "pki/certificate.h"

namespace ca {

namespace {

pki::Result<std::shared_ptr<const pki::Signer>> load_signer(const KeyFolder& keys, const std::string& name,
                                                            pki::ByteView certificate) {
  TRY_ASSIGN(const pki::PrivateKey key, keys.load(name));
  TRY_ASSIGN(const pki::Certificate decoded, pki::Certificate::decode(certificate));
  if (!pki::equal(decoded.subject_public_key_info(), key.public_key()))
    return pki::fail(pki::Errc::malformed, "key file " + keys.path_of(name).string() +
                                               " is not the key of its certificate: restore the right file");
  return pki::make_openssl_signer(key);
}

}  // namespace

pki::Result<Authority> Authority::load(const store::ReadTransaction& transaction, const KeyFolder& keys,
                                       Profile profile) {
  std::vector<IssuingCa> generations;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    IssuingCa ca;
    TRY_ASSIGN(ca.facts, facts_of_issuer(issuer.id, issuer.certificate));
    TRY_ASSIGN(ca.signer, load_signer(keys, issuer.key_file, issuer.certificate));
    TRY_ASSIGN(ca.verification_key, pki::PublicKey::load(ca.signer->public_key()));
    ca.certificate = issuer.certificate;
    generations.push_back(std::move(ca));
  }
  return Authority(std::move(profile), std::move(generations));
}

const IssuingCa& Authority::current(pki::CaName ca) const {
  const IssuingCa* newest = nullptr;
  for (const IssuingCa& generation : generations_)
    if (generation.facts.id.ca == ca) newest = &generation;
  if (newest == nullptr)
    throw std::logic_error("the store has no CA named " + std::string(pki::to_string(ca)));
  return *newest;
}

const IssuingCa* Authority::find(registry::IssuerId id) const {
  const auto found = std::ranges::find(generations_, id, [](const IssuingCa& ca) { return ca.facts.id; });
  return found == generations_.end() ? nullptr : &*found;
}

pki::Result<std::vector<DelegatedResponder>> load_responders(const store::ReadTransaction& transaction,
                                                             const KeyFolder& keys) {
  std::vector<DelegatedResponder> responders;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    const auto record = registry::find_responder(transaction, issuer.id);
    if (!record) continue;
    DelegatedResponder responder{issuer.id, issuer.certificate, record->certificate, nullptr};
    TRY_ASSIGN(responder.signer, load_signer(keys, record->key_file, record->certificate));
    responders.push_back(std::move(responder));
  }
  return responders;
}

}  // namespace ca
