// From the records of the registry to CertStatus.

#include "ocsp/status.h"

#include <algorithm>
#include <string>

#include "pki/hash.h"
#include "pki/messages/ocsp.h"
#include "pki/public_key.h"
#include "pki/serial_number.h"
#include "registry/certificates.h"
#include "registry/compromise.h"
#include "registry/lost.h"
#include "registry/unissued.h"

namespace ocsp {

namespace {

constexpr std::array<pki::HashAlgorithm, 4> kHashAlgorithms = {
    pki::HashAlgorithm::sha1, pki::HashAlgorithm::sha256, pki::HashAlgorithm::sha384,
    pki::HashAlgorithm::sha512};

// Sequences are numbered by generation: a row of another one must not look like a later row of this one.
constexpr std::uint64_t kOfOtherGeneration = std::uint64_t{1} << 63U;

// Of a certificate that a restore has lost: which generation has issued it is not known, so its hold counts
// under each generation of the name.
std::optional<registry::Status> find_lost(const store::ReadTransaction& transaction,
                                          const registry::CertificateId& id) {
  const auto lost = registry::find_lost_of_name(transaction, id);
  auto status = lost ? registry::find_status(transaction, lost->id) : std::nullopt;
  if (status) status->sequence |= kOfOtherGeneration;
  return status;
}

std::optional<registry::Status> find(const store::ReadTransaction& transaction, registry::IssuerId issuer,
                                     pki::ByteView serial_content) {
  const auto serial = pki::serial_from_content(serial_content);
  if (!serial) return std::nullopt;
  auto status = registry::find_status(transaction, {issuer, *serial});
  if (!status) status = find_lost(transaction, {issuer, *serial});
  // LMDB cannot distinguish a damaged page from an absent row, and "unknown" would hide a revocation.
  if (!status && registry::is_status_missing(transaction, {issuer, *serial}))
    throw store::Corruption(
        pki::Message{messages::status_missing, to_string(registry::CertificateId{issuer, *serial})});
  return status;
}

CertStatus to_cert_status(const registry::Status& status,
                          const std::optional<registry::Compromise>& compromise) {
  const auto& revocation = status.revocation;
  if (!compromise) {
    if (!revocation) return Good{};
    return Revoked{revocation->date, revocation->reason};
  }
  const registry::Revocation recorded = registry::revocation_under(*compromise, revocation);
  return Revoked{recorded.date, recorded.reason};
}

FactsVersion version_of(const std::optional<registry::Status>& status,
                        const std::optional<registry::Compromise>& compromise) {
  return {status ? status->sequence : 0, compromise ? compromise->sequence : 0};
}

}  // namespace

IssuerHashes::IssuerHashes(const pki::Certificate& ca_certificate) {
  const pki::ByteView key = pki::subject_public_key_bits(ca_certificate.subject_public_key_info()).value();
  for (const pki::HashAlgorithm algorithm : kHashAlgorithms)
    hashes_.at(static_cast<std::size_t>(algorithm)) = {pki::digest(algorithm, ca_certificate.subject()),
                                                       pki::digest(algorithm, key)};
}

bool IssuerHashes::matches(const CertId& id) const {
  if (!id.hash_algorithm) return false;
  const Pair& ours = hashes_.at(static_cast<std::size_t>(*id.hash_algorithm));
  return pki::equal(ours.key, id.issuer_key_hash) && pki::equal(ours.name, id.issuer_name_hash);
}

std::optional<registry::Compromise> CompromiseCache::read(const store::ReadTransaction& transaction) const {
  const auto record = transaction.get(registry::tables::issuers, registry::Key().issuer(issuer_));
  if (!record) throw store::StoreError(pki::Message{messages::responder_of_unknown_ca, to_string(issuer_)});
  const std::lock_guard lock(mutex_);
  if (!pki::equal(*record, record_)) {
    compromise_ = registry::find_issuer(transaction, issuer_).value().compromise;
    record_ = pki::to_bytes(*record);
  }
  return compromise_;
}

Facts read_facts(const store::ReadTransaction& transaction, registry::IssuerId issuer,
                 pki::ByteView serial_content, const CompromiseCache& compromises) {
  const auto compromise = compromises.read(transaction);
  const auto status = find(transaction, issuer, serial_content);
  Facts facts{Unknown{}, std::nullopt, version_of(status, compromise)};
  if (!status) return facts;
  facts.status = to_cert_status(*status, compromise);
  facts.not_after = status->not_after;
  facts.changed_at = compromise ? std::max(status->changed_at, compromise->recorded_at) : status->changed_at;
  return facts;
}

bool is_of_phone(const store::ReadTransaction& transaction, registry::IssuerId issuer,
                 pki::ByteView serial_content) {
  const auto status = find(transaction, issuer, serial_content);
  return status && (status->kind == pki::CertificateKind::mobile_sign ||
                    status->kind == pki::CertificateKind::mobile_auth);
}

FactsVersion read_version(const store::ReadTransaction& transaction, registry::IssuerId issuer,
                          pki::ByteView serial_content, const CompromiseCache& compromises) {
  return version_of(find(transaction, issuer, serial_content), compromises.read(transaction));
}

AnswerWindow window_at(pki::Time now, pki::Seconds grid, pki::Seconds next_update_after) {
  const pki::Seconds width = std::max(grid, pki::Seconds{1});
  const pki::Time start = now - now.time_since_epoch() % width;
  return {start, start + width, start + next_update_after};
}

}  // namespace ocsp
