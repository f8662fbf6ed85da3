// One walk over the status of a generation.

#include "crl/ending.h"

#include "crl/plan.h"
#include "pki/certificate.h"
#include "pki/messages/crl.h"
#include "registry/certificates.h"
#include "registry/issuers.h"

namespace crl {

pki::Result<void> may_end(const store::ReadTransaction& snapshot, registry::IssuerId id, pki::Time now) {
  const auto issuer = registry::find_issuer(snapshot, id);
  if (!issuer || id.ca == pki::CaName::operations)
    return pki::fail(pki::Errc::not_found, {messages::no_generation_with_lists, to_string(id)});
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(issuer->certificate));
  if (certificate.not_after() <= now) {
    if (!is_name_alive(snapshot, id.ca, now, id)) return {};
    return pki::fail(pki::Errc::conflict, {messages::generation_has_expired, to_string(id),
                                           pki::to_rfc3339(certificate.not_after())});
  }
  const bool issues = registry::current_issuer(snapshot, id.ca)->id == id && !issuer->compromise;
  if (issues)
    return pki::fail(pki::Errc::conflict, {messages::generation_still_issues, to_string(id),
                                           pki::to_rfc3339(certificate.not_after())});
  for (auto rows = registry::statuses_of(snapshot, id); rows.valid(); rows.next()) {
    const auto [certificate_id, status] = rows.row();
    const bool is_over = status.not_after < now || (status.revocation && !status.revocation->is_hold());
    if (!is_over)
      return pki::fail(pki::Errc::conflict, {status.revocation ? messages::certificate_held_until
                                                               : messages::certificate_in_force_until,
                                             to_string(certificate_id), pki::to_rfc3339(status.not_after)});
  }
  return {};
}

}  // namespace crl
