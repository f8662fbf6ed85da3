// Signature, kind by its policy (profiles: one policy a kind), distribution point by its directoryName.

#include "ca/own_certificate.h"

#include <algorithm>
#include <optional>

#include "pki/certificate.h"
#include "pki/der.h"
#include "pki/messages/ca.h"
#include "registry/issuers.h"

namespace ca {

namespace {

namespace tag = pki::der::tag;

// certificatePolicies ::= SEQUENCE OF PolicyInformation { policyIdentifier OID, … }
std::optional<pki::CertificateKind> kind_of(const pki::Certificate& certificate) {
  const pki::Extension* const extension = certificate.find_extension(pki::oids::kCertificatePolicies);
  if (extension == nullptr) return std::nullopt;
  pki::der::Reader outer(extension->value);
  auto policies = outer.enter_sequence();
  if (!policies) return std::nullopt;
  auto policy = policies->enter_sequence();
  if (!policy) return std::nullopt;
  const auto id = policy->read_oid();
  if (!id) return std::nullopt;
  for (const pki::CertificateKind kind : pki::kAllCertificateKinds)
    if (Profile::policy_of(kind) == *id) return kind;
  return std::nullopt;
}

// cRLDistributionPoints ::= SEQUENCE OF { distributionPoint [0] { fullName [0] GeneralNames } … }; the
// directoryName [4] is the point's name in every generation.
std::optional<pki::Bytes> point_name(const pki::Certificate& certificate) {
  const pki::Extension* const extension = certificate.find_extension(pki::oids::kCrlDistributionPoints);
  if (extension == nullptr) return std::nullopt;
  pki::der::Reader outer(extension->value);
  auto points = outer.enter_sequence();
  if (!points) return std::nullopt;
  auto point = points->enter_sequence();
  if (!point) return std::nullopt;
  auto choice = point->enter(tag::context_constructed(0));
  if (!choice) return std::nullopt;
  auto names = choice->enter(tag::context_constructed(0));
  if (!names) return std::nullopt;
  while (!names->at_end()) {
    const auto name = names->read_any();
    if (!name) return std::nullopt;
    if (name->encoding[0] == tag::context_constructed(4)) return pki::to_bytes(name->content);
  }
  return std::nullopt;
}

std::optional<pki::DistributionPoint> point_of(const store::ReadTransaction& transaction,
                                               registry::IssuerId issuer,
                                               const pki::Certificate& certificate) {
  const auto name = point_name(certificate);
  if (!name) return std::nullopt;
  for (const pki::DistributionPoint point : registry::points_of(transaction, issuer))
    if (const auto names = registry::find_point_names(transaction, issuer, point);
        names && names->directory_name.encode() == *name)
      return point;
  return std::nullopt;
}

}  // namespace

pki::Result<registry::IssuedCertificate> read_own_certificate(const store::ReadTransaction& transaction,
                                                              const Authority& authority, pki::ByteView der) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(der));
  const std::vector<registry::SigningIssuer> generations = authority.generations();
  const auto signer = std::ranges::find_if(generations, [&](const registry::SigningIssuer& ca) {
    const auto own = pki::Certificate::decode(ca.certificate());
    return own.has_value() && pki::equal(own->subject(), certificate.issuer()) &&
           pki::is_signed_by(certificate, own->subject_public_key_info());
  });
  if (signer == generations.end()) return pki::fail(pki::Errc::unauthorized, messages::signed_by_no_own_key);
  const auto kind = kind_of(certificate);
  const auto serial = pki::serial_from_content(certificate.serial_content());
  const auto point = point_of(transaction, signer->id(), certificate);
  if (!kind || !serial || !point || pki::ca_of(*kind) != signer->id().ca)
    return pki::invalid("certificate", messages::certificate_of_no_holder);
  registry::IssuedCertificate issued;
  issued.id = {signer->id(), *serial};
  issued.kind = *kind;
  issued.point = *point;
  issued.not_before = certificate.not_before();
  issued.not_after = certificate.not_after();
  issued.der = certificate.der();
  return issued;
}

}  // namespace ca
