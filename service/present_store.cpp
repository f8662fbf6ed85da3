// The looking and the taking over.

#include "service/present_store.h"

#include <algorithm>
#include <array>

#include "registry/certificates.h"
#include "registry/issuers.h"
#include "registry/lost.h"
#include "registry/serials.h"
#include "store/write_time.h"

namespace service {

namespace {

constexpr std::array kPresentCas = {pki::CaName::sign, pki::CaName::auth, pki::CaName::operations};

// Gives whether something has changed.
bool restrict_operator(registry::Operator& entry, const registry::Operator& present) {
  bool has_changed = entry.is_enabled && !present.is_enabled;
  entry.is_enabled = entry.is_enabled && present.is_enabled;
  for (registry::OperatorCredential& credential : entry.credentials) {
    const auto same = std::ranges::find(present.credentials, credential.certificate,
                                        &registry::OperatorCredential::certificate);
    if (credential.revoked || same == present.credentials.end() || !same->revoked) continue;
    credential.revoked = same->revoked;
    has_changed = true;
  }
  return has_changed;
}

}  // namespace

PresentStore look_at_present_store(const store::ReadTransaction& snapshot) {
  PresentStore present;
  present.last_write = store::last_write_time(snapshot);
  for (const pki::CaName ca : kPresentCas)
    present.skipped[ca] = registry::skipped_serials(snapshot, ca);
  for (const registry::Issuer& issuer : registry::all_issuers(snapshot))
    if (issuer.compromise) present.compromised[issuer.id] = issuer.compromise->recorded_at;
  for (const verifier::Verifier& entry : verifier::all_verifiers(snapshot)) {
    if (entry.cancelled) present.cancelled_verifiers.push_back(entry);
    for (verifier::Credential& credential : verifier::credentials_of(snapshot, entry.id))
      if (credential.revoked) present.revoked_credentials.push_back(std::move(credential));
  }
  store::Cursor lost = snapshot.cursor(registry::tables::lost);
  for (lost.seek_to_first(); lost.valid(); lost.next()) {
    registry::Fields key(lost.key());
    const registry::IssuerId issuer = key.issuer();
    const registry::CertificateId id{issuer, {key.u64()}};
    const auto status = registry::find_status(snapshot, id);
    if (registry::find_lost(snapshot, id) == registry::LostState::presumed && status && status->revocation)
      present.presumed_lost[{issuer.ca, id.serial.value}] = status->revocation->date;
  }
  present.operators = registry::all_operators(snapshot);
  store::Cursor keys = snapshot.cursor(registry::tables::reported_keys);
  for (keys.seek_to_first(); keys.valid(); keys.next())
    present.reported_keys.emplace_back(pki::to_bytes(keys.key()), pki::to_bytes(keys.value()));
  return present;
}

StricterRecords take_over_stricter(store::WriteTransaction& transaction, const PresentStore& present,
                                   std::vector<std::string>& subjects) {
  StricterRecords taken;
  for (const verifier::Credential& revoked : present.revoked_credentials) {
    auto credential = verifier::find_credential(transaction, pki::ByteView(revoked.certificate));
    if (!credential || credential->revoked) continue;
    credential->revoked = revoked.revoked;
    verifier::put_credential(transaction, *credential);
    subjects.push_back("credential " + pki::to_string(credential->serial));
    ++taken.credentials;
  }
  for (const verifier::Verifier& cancelled : present.cancelled_verifiers) {
    auto entry = verifier::find_verifier(transaction, cancelled.id);
    if (!entry || entry->cancelled || entry->name != cancelled.name) continue;
    entry->cancelled = cancelled.cancelled;
    verifier::put_verifier(transaction, *entry);
    subjects.push_back("verifier " + std::to_string(entry->id));
    ++taken.verifiers;
  }
  for (const registry::Operator& known : present.operators) {
    auto entry = registry::find_operator(transaction, known.name);
    if (!entry || !restrict_operator(*entry, known)) continue;
    registry::put_operator(transaction, *entry);
    subjects.push_back("operator " + known.name);
    ++taken.operators;
  }
  for (const auto& [key, value] : present.reported_keys) {
    if (transaction.get(registry::tables::reported_keys, key)) continue;
    transaction.put(registry::tables::reported_keys, key, value);
    ++taken.keys;
  }
  return taken;
}

}  // namespace service
