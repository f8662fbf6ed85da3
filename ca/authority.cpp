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

Authority::Authority(Profile profile, std::vector<registry::SigningIssuer> generations)
    : profile_(std::move(profile)), state_(std::make_unique<State>()) {
  for (registry::SigningIssuer& generation : generations)
    state_->entries.push_back({std::move(generation)});
}

std::vector<registry::SigningIssuer> Authority::generations() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<registry::SigningIssuer> list;
  for (const Entry& entry : state_->entries)
    if (entry.is_in_use) list.push_back(entry.issuer);
  return list;
}

const registry::SigningIssuer& Authority::current(pki::CaName ca) const {
  const std::lock_guard lock(state_->mutex);
  const registry::SigningIssuer* newest = nullptr;
  for (const Entry& entry : state_->entries)
    if (entry.is_in_use && entry.issuer.id().ca == ca) newest = &entry.issuer;
  if (newest == nullptr)
    throw std::logic_error("the store has no CA named " + std::string(pki::to_string(ca)));
  return *newest;
}

const registry::SigningIssuer& Authority::current(const store::ReadTransaction& transaction,
                                                  pki::CaName ca) const {
  const auto generations = registry::generations_of_name(transaction, ca);
  const registry::SigningIssuer* const newest =
      generations.empty() ? nullptr : find({ca, generations.back()});
  if (newest == nullptr)
    throw std::logic_error("the newest generation of " + std::string(pki::to_string(ca)) +
                           " has no key here: start the service again");
  return *newest;
}

const registry::SigningIssuer* Authority::find(registry::IssuerId id) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = std::ranges::find(state_->entries, id, [](const Entry& one) { return one.issuer.id(); });
  return found == state_->entries.end() ? nullptr : &found->issuer;
}

void Authority::announce(registry::SigningIssuer generation) {
  const std::lock_guard lock(state_->mutex);
  const auto after = std::ranges::find_if(
      state_->entries, [&](const Entry& one) { return one.issuer.id() > generation.id(); });
  state_->entries.insert(after, {std::move(generation), false});
}

void Authority::begin(registry::IssuerId id) {
  const std::lock_guard lock(state_->mutex);
  for (Entry& entry : state_->entries)
    if (entry.issuer.id() == id) entry.is_in_use = true;
}

void Authority::withdraw(registry::IssuerId id) {
  const std::lock_guard lock(state_->mutex);
  state_->entries.remove_if([&](const Entry& one) { return one.issuer.id() == id && !one.is_in_use; });
}

pki::Result<std::vector<registry::SigningResponder>> load_responders(
    const store::ReadTransaction& transaction, const KeyFolder& keys, std::string_view machine) {
  std::vector<registry::SigningResponder> responders;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    const auto record = registry::find_responder(transaction, issuer.id, machine);
    if (!record) continue;
    registry::SigningResponder responder{issuer.id, issuer.certificate, record->certificate, nullptr};
    TRY_ASSIGN(responder.signer, keys.load_signer(record->key_file, record->certificate));
    responders.push_back(std::move(responder));
  }
  return responders;
}

}  // namespace ca
