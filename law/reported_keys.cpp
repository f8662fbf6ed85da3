// From certificates and events to keys.

#include "law/reported_keys.h"

#include <algorithm>
#include <optional>

#include "law/readable_certificates.h"
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

void add_certificates_of_same_keys(const store::ReadTransaction& transaction, const store::Vault& vault,
                                   const std::vector<Candidate>& candidates, RevocationCause notice,
                                   EventRecord& record) {
  // A record that does not open keeps no notice from being recorded.
  const auto certificates = readable_certificates(transaction, vault, record.resident);
  const auto key_of = [](const IssuedCertificate& certificate) {
    const pki::Certificate decoded = pki::or_throw(pki::Certificate::decode(certificate.der));
    const pki::ByteView key = decoded.subject_public_key_info();
    return pki::Bytes(key.begin(), key.end());
  };
  // Also of those that had fallen before.
  std::vector<pki::Bytes> leaked;
  for (const IssuedCertificate& certificate : certificates)
    if (notice.kind.value_or(certificate.kind) == certificate.kind &&
        is_about(record, certificate, certificates))
      leaked.push_back(key_of(certificate));
  for (const IssuedCertificate& certificate : certificates) {
    const auto is_taken = [&](const registry::CertificateId& id) {
      return std::ranges::find(record.consequences, id, &registry::Consequence::certificate) !=
             record.consequences.end();
    };
    const bool is_in_use = std::ranges::find(candidates, certificate.id, &Candidate::id) != candidates.end();
    if (!is_in_use || is_taken(certificate.id) || std::ranges::count(leaked, key_of(certificate)) == 0)
      continue;
    notice.kind = certificate.kind;
    for (registry::Consequence& one : consequences_of(candidates, notice, HoldRelease::never))
      if (!is_taken(one.certificate)) record.consequences.push_back(std::move(one));
  }
}

}  // namespace law
