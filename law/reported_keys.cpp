// From certificates and events to keys.

#include "law/reported_keys.h"

#include <algorithm>
#include <optional>

#include "pki/certificate.h"
#include "pki/messages/law.h"
#include "registry/reported_keys.h"

namespace law {

namespace {

using registry::EventRecord;
using registry::IssuedCertificate;

// Whether no newer certificate of the kind had been issued when the event was recorded.
bool was_latest(const std::vector<IssuedCertificate>& certificates, const IssuedCertificate& certificate,
                const EventRecord& event) {
  const auto is_newer = [&](const IssuedCertificate& other) {
    return other.kind == certificate.kind && certificate.id.serial < other.id.serial &&
           other.not_before <= event.recorded_at;
  };
  return certificate.not_before <= event.recorded_at && std::ranges::none_of(certificates, is_newer);
}

// Those whose record opens.
std::vector<IssuedCertificate> readable_certificates(const store::ReadTransaction& transaction,
                                                     const store::Vault& vault, registry::ResidentId holder) {
  std::vector<IssuedCertificate> list;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, holder)) {
    try {
      if (auto certificate = registry::find_certificate(transaction, vault, id))
        list.push_back(std::move(*certificate));
    } catch (const store::Corruption&) {
      // `jpki check --store` names it.
    }
  }
  return list;
}

std::uint64_t report_keys(store::WriteTransaction& transaction,
                          const std::vector<IssuedCertificate>& certificates, const EventRecord& notice) {
  std::uint64_t count = 0;
  for (const IssuedCertificate& certificate : certificates)
    if (is_about(notice, certificate, certificates) &&
        registry::report_key(transaction, certificate, notice.recorded_at))
      ++count;
  return count;
}

// The keys of one holder that are on record as reported.
std::uint64_t list_keys_of(store::WriteTransaction& transaction, const store::Vault& vault,
                           registry::ResidentId holder) {
  const auto certificates = readable_certificates(transaction, vault, holder);
  std::uint64_t count = 0;
  for (const IssuedCertificate& certificate : certificates) {
    const auto status = registry::find_status(transaction, certificate.id);
    if (status && status->revocation && status->revocation->reason == pki::CrlReason::key_compromise &&
        registry::report_key(transaction, certificate, status->changed_at))
      ++count;
  }
  for (const EventRecord& event : registry::events_of(transaction, vault, holder))
    if (event.event == registry::Event::key_notice) count += report_keys(transaction, certificates, event);
  return count;
}

}  // namespace

bool is_about(const EventRecord& event, const IssuedCertificate& certificate,
              const std::vector<IssuedCertificate>& certificates) {
  bool changed_its_kind = false;
  for (const registry::Consequence& consequence : event.consequences) {
    if (consequence.certificate == certificate.id) return true;
    changed_its_kind = changed_its_kind || consequence.kind == certificate.kind;
  }
  const bool is_named = registry::kind_of(event).value_or(certificate.kind) == certificate.kind;
  return !changed_its_kind && is_named && was_latest(certificates, certificate, event);
}

void report_keys(store::WriteTransaction& transaction, const store::Vault& vault, const EventRecord& notice) {
  report_keys(transaction, readable_certificates(transaction, vault, notice.resident), notice);
}

pki::Result<void> check_key_unreported(const store::ReadTransaction& transaction,
                                       pki::ByteView subject_public_key_info) {
  if (!registry::find_reported_key(transaction, subject_public_key_info)) return {};
  return pki::refused(messages::key_reported, std::string(kReportedKeyArticle));
}

std::uint64_t list_reported_keys(store::WriteTransaction& transaction, const store::Vault& vault) {
  std::uint64_t count = 0;
  std::optional<registry::ResidentId> last;
  for (registry::HoldingCursor rows = registry::all_holdings(transaction); rows.valid(); rows.next()) {
    const registry::ResidentId holder = rows.row().resident;
    if (last == holder) continue;
    last = holder;
    try {
      count += list_keys_of(transaction, vault, holder);
    } catch (const store::Corruption&) {
      // One record that does not open keeps no other key from being listed.
    }
  }
  registry::note_reported_keys_listed(transaction);
  return count;
}

namespace {

// Nothing for a record that does not open, either.
std::optional<registry::IssuedCertificate> find_readable(const store::ReadTransaction& transaction,
                                                         const store::Vault& vault,
                                                         const registry::CertificateId& id) {
  try {
    return registry::find_certificate(transaction, vault, id);
  } catch (const store::Corruption&) {
    return std::nullopt;
  }
}

}  // namespace

void add_certificates_of_same_keys(const store::ReadTransaction& transaction, const store::Vault& vault,
                                   const std::vector<Candidate>& candidates, RevocationCause notice,
                                   std::vector<registry::Consequence>& consequences) {
  // Empty for a record that does not open: it keeps no notice from being recorded.
  const auto key_of = [&](const registry::CertificateId& id) {
    const auto found = find_readable(transaction, vault, id);
    if (!found) return pki::Bytes();
    const pki::Certificate certificate = pki::or_throw(pki::Certificate::decode(found->der));
    const pki::ByteView key = certificate.subject_public_key_info();
    return pki::Bytes(key.begin(), key.end());
  };
  const auto is_taken = [&](const registry::CertificateId& id) {
    return std::ranges::find(consequences, id, &registry::Consequence::certificate) != consequences.end();
  };
  std::vector<pki::Bytes> leaked;
  for (const registry::Consequence& consequence : consequences)
    if (!notice.kind || consequence.kind == *notice.kind) leaked.push_back(key_of(consequence.certificate));
  std::erase(leaked, pki::Bytes());
  for (const Candidate& candidate : candidates) {
    if (is_taken(candidate.id) || std::ranges::count(leaked, key_of(candidate.id)) == 0) continue;
    notice.kind = candidate.status.kind;
    for (registry::Consequence& one : consequences_of(candidates, notice, HoldRelease::never))
      if (!is_taken(one.certificate)) consequences.push_back(std::move(one));
  }
}

}  // namespace law
