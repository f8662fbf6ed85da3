// Issues in progress: what is recorded before a certificate is signed, so that a death in between leaves no
// serial that could be used twice and nothing half issued.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pki/bytes.h"
#include "pki/certificate_kind.h"
#include "pki/time.h"
#include "registry/certificates.h"
#include "registry/resident_id.h"
#include "registry/schema.h"
#include "store/environment.h"
#include "store/vault.h"

namespace registry {

// An issue that is recorded before it is signed: the serial is used, the pair (resident, kind) reserved.
struct Intent {
  CertificateId id;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  ResidentId resident;
  std::uint64_t resident_version = 0;
  pki::Time recorded_at;
  pki::Bytes tbs_hash;  // SHA-256
};

// The record of a certificate and its holder's entry, without a status.
void put_issue_record(store::WriteTransaction& transaction, const store::Vault& vault,
                      const IssuedCertificate& certificate);

void record_intent(store::WriteTransaction& transaction, const store::Vault& vault, const Intent& intent);
[[nodiscard]] std::optional<Intent> find_intent(const store::ReadTransaction& transaction,
                                                const store::Vault& vault, const CertificateId& id);
// The issue in progress for a resident and kind, if any.
[[nodiscard]] std::optional<CertificateId> find_reservation(const store::ReadTransaction& transaction,
                                                            ResidentId resident, pki::CertificateKind kind);
// Ends an intent, with or without an issue; its serial is never used again.
void close_intent(store::WriteTransaction& transaction, const Intent& intent);
// At start: the intents that a dead process left behind. They are closed as abandoned.
[[nodiscard]] std::vector<Intent> open_intents(const store::ReadTransaction& transaction,
                                               const store::Vault& vault);

}  // namespace registry
