// One row in `lost` in addition to the ordinary status.

#include "registry/lost.h"

#include <stdexcept>

#include "registry/compromise.h"
#include "registry/issuance.h"
#include "registry/issuers.h"
#include "registry/status_of_issue.h"

namespace registry {

void record_lost(store::WriteTransaction& transaction, const LostCertificate& lost, pki::Time now) {
  Status status;
  // The kind is not known; the card's is the likelier one.
  status.kind =
      lost.id.issuer.ca == pki::CaName::sign ? pki::CertificateKind::sign : pki::CertificateKind::auth;
  status.point = lost.point;
  status.not_after = lost.not_after;
  status.revocation = lost.revocation;
  record_first_status(transaction, lost.id, status, now);
  transaction.put(tables::lost, Key().certificate(lost.id), Key().u8(static_cast<std::uint64_t>(lost.state)));
}

std::optional<LostState> find_lost(const store::ReadTransaction& transaction, const CertificateId& id) {
  const auto value = transaction.get(tables::lost, Key().certificate(id));
  if (!value) return std::nullopt;
  return static_cast<LostState>(Fields(*value).u8());
}

std::optional<LostRow> find_lost_of_name(const store::ReadTransaction& transaction, const CertificateId& id) {
  if (const auto own = find_lost(transaction, id)) return LostRow{id, *own};
  if (count_lost(transaction) == 0) return std::nullopt;
  for (const std::uint8_t generation : generations_of_name(transaction, id.issuer.ca)) {
    const CertificateId other{{id.issuer.ca, generation}, id.serial};
    if (const auto state = find_lost(transaction, other)) return LostRow{other, *state};
  }
  return std::nullopt;
}

std::uint64_t count_lost(const store::ReadTransaction& transaction) {
  return transaction.count(tables::lost);
}

void adopt_lost(store::WriteTransaction& transaction, const store::Vault& vault,
                const IssuedCertificate& certificate, std::optional<pki::CrlReason> reason, pki::Time now) {
  const auto lost = find_lost_of_name(transaction, certificate.id);
  if (!lost) throw std::logic_error("not a lost certificate: " + to_string(certificate.id));
  Status status = find_status(transaction, lost->id).value();
  status.kind = certificate.kind;
  // Its generation may have been compromised, and its rows filled in, before it came.
  const bool may_return = !reason || *reason == pki::CrlReason::certificate_hold;
  if (may_return && is_compromised(transaction, certificate.id.issuer))
    reason = pki::CrlReason::ca_compromise;
  const bool is_held = status.revocation && status.revocation->is_hold();
  if (is_held && (status.point == kLostPoint || reason)) {
    status.point = certificate.point;
    status.not_after = certificate.not_after;
    if (lost->state == LostState::presumed && !reason)
      status.revocation.reset();
    else if (reason)
      status.revocation->reason = *reason;
    move_status(transaction, lost->id, certificate.id, status, now);
  } else if (lost->id != certificate.id) {
    // What is revoked for good, or held by a list's word, stays on the lists where they have it; they are
    // those of all generations.
    move_status(transaction, lost->id, certificate.id, status, now);
  } else {
    put_status(transaction, certificate.id, status);
  }
  put_issue_record(transaction, vault, certificate);
  transaction.erase(tables::lost, Key().certificate(lost->id));
}

}  // namespace registry
