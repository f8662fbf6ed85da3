// From the generations and their compromise to entries.

#include "crl/arl.h"

#include <algorithm>

#include "pki/certificate.h"
#include "pki/messages/crl.h"
#include "registry/issuers.h"

namespace crl {

std::vector<RevokedCaCertificate> revoked_ca_certificates(const store::ReadTransaction& snapshot,
                                                          pki::CaName ca) {
  std::vector<RevokedCaCertificate> revoked;
  for (const registry::Issuer& issuer : registry::all_issuers(snapshot)) {
    if (issuer.id.ca != ca || !issuer.compromise) continue;
    const auto certificate = pki::Certificate::decode(issuer.certificate);
    const auto serial = certificate ? pki::serial_from_content(certificate->serial_content()) : std::nullopt;
    if (!serial)
      throw store::Corruption(pki::Message{messages::ca_certificate_undecodable, to_string(issuer.id)});
    revoked.push_back({*serial, issuer.compromise->recorded_at, certificate->not_after()});
  }
  std::ranges::sort(revoked, {}, [](const RevokedCaCertificate& one) { return one.serial.value; });
  return revoked;
}

}  // namespace crl
