// One walk over the status of a generation.

#include "crl/ending.h"

#include "crl/plan.h"
#include "pki/certificate.h"
#include "registry/certificates.h"
#include "registry/issuers.h"

namespace crl {

pki::Result<void> may_end(const store::ReadTransaction& snapshot, registry::IssuerId id, pki::Time now) {
  const auto issuer = registry::find_issuer(snapshot, id);
  if (!issuer || id.ca == pki::CaName::operations)
    return pki::fail(pki::Errc::not_found, "there is no CA generation " + to_string(id) + " that has CRLs");
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(issuer->certificate));
  if (certificate.not_after() <= now) {
    if (!is_name_alive(snapshot, id.ca, now, id)) return {};
    return pki::fail(pki::Errc::conflict,
                     "the certificate of " + to_string(id) + " has expired on " +
                         pki::to_rfc3339(certificate.not_after()) +
                         ": its key signs no more CRLs, those of the other generations list what is left");
  }
  const bool issues = registry::current_issuer(snapshot, id.ca)->id == id && !issuer->compromise;
  if (issues)
    return pki::fail(pki::Errc::conflict, to_string(id) +
                                              " still issues: its last CRLs come when a newer "
                                              "generation does, or when its certificate has expired on " +
                                              pki::to_rfc3339(certificate.not_after()));
  for (auto rows = registry::statuses_of(snapshot, id); rows.valid(); rows.next()) {
    const auto [certificate_id, status] = rows.row();
    const bool is_over = status.not_after < now || (status.revocation && !status.revocation->is_hold());
    if (!is_over)
      return pki::fail(pki::Errc::conflict, "certificate " + to_string(certificate_id) + " is " +
                                                (status.revocation ? "held" : "in force") + " until " +
                                                pki::to_rfc3339(status.not_after) +
                                                ": no last CRL before every certificate is over");
  }
  return {};
}

}  // namespace crl
