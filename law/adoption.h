// What a certificate is whose record a restore has lost, judged by what the register says of its holder now.
//
// A certificate that was revoked for any cause is never valid again (Act 15(1), 34(1)). The revocation went
// with the record, so its causes are looked for again: the entry from which the certificate was made, the
// events since its issue, the holder's record, the card, and the card's certificate of a mobile one.

#pragma once

#include <optional>

#include "law/late_record.h"
#include "pki/crl_reason.h"
#include "pki/result.h"
#include "registry/certificates.h"
#include "registry/residents.h"
#include "store/vault.h"

namespace law {

struct LostJudgement {
  // The reason for which the certificate is not good: certificateHold for a hold, absent when nothing speaks
  // against it.
  std::optional<pki::CrlReason> reason;
  NoticeOrder order = NoticeOrder::since_notice;
};

// `certificate.resident` names the holder. Errc::conflict when the certificate has expired, when
// it records something that the register has never said of this holder, or when the card's certificate of a
// mobile one is not on record.
[[nodiscard]] pki::Result<LostJudgement> judge_lost_certificate(
    const store::ReadTransaction& transaction, const store::Vault& vault,
    const registry::IssuedCertificate& certificate, const registry::Resident& holder, pki::Time now);

}  // namespace law
