// From the generations and their compromise to entries.

#include "crl/arl.h"

#include <algorithm>

#include "pki/certificate.h"
#include "pki/messages/crl.h"
#include "registry/issuers.h"

namespace crl {

namespace {

RevokedCaCertificate revoked_at(pki::Time when, pki::ByteView der, registry::IssuerId issuer) {
  const auto certificate = pki::Certificate::decode(der);
  const auto serial = certificate ? pki::serial_from_content(certificate->serial_content()) : std::nullopt;
  if (!serial) throw store::Corruption(pki::Message{messages::ca_certificate_undecodable, to_string(issuer)});
  return {*serial, when, certificate->not_after()};
}

// When the first of the two keys that a generation's link certificates connect was compromised.
std::optional<pki::Time> links_revoked_at(const registry::Issuer& issuer,
                                          const std::optional<registry::Issuer>& predecessor) {
  std::optional<pki::Time> first;
  if (issuer.compromise) first = issuer.compromise->recorded_at;
  if (predecessor && predecessor->compromise && (!first || predecessor->compromise->recorded_at < *first))
    first = predecessor->compromise->recorded_at;
  return first;
}

}  // namespace

std::vector<RevokedCaCertificate> revoked_ca_certificates(const store::ReadTransaction& snapshot,
                                                          pki::CaName ca) {
  std::vector<RevokedCaCertificate> revoked;
  std::optional<registry::Issuer> predecessor;
  for (registry::Issuer& issuer : registry::all_issuers(snapshot)) {
    if (issuer.id.ca != ca) continue;
    if (issuer.compromise)
      revoked.push_back(revoked_at(issuer.compromise->recorded_at, issuer.certificate, issuer.id));
    if (const auto when = links_revoked_at(issuer, predecessor); when && issuer.links)
      for (const pki::Bytes* link : {&issuer.links->new_with_old, &issuer.links->old_with_new})
        revoked.push_back(revoked_at(*when, *link, issuer.id));
    predecessor = std::move(issuer);
  }
  std::ranges::sort(revoked, {}, [](const RevokedCaCertificate& one) { return one.serial.value; });
  return revoked;
}

}  // namespace crl
