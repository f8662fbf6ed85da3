// What every signature of a generation needs of the CA's certificate, decoded once.

#include "registry/signing_issuer.h"

#include <utility>

#include "pki/certificate.h"

namespace registry {

pki::Result<SigningIssuer> SigningIssuer::make(Issuer record, std::shared_ptr<const pki::Signer> signer) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(record.certificate));
  if (!pki::equal(certificate.subject_public_key_info(), signer->public_key()))
    return pki::fail(pki::Errc::malformed,
                     "the signer of " + to_string(record.id) + " does not have the key of its certificate");
  SigningIssuer issuer;
  TRY_ASSIGN(issuer.name_, pki::Name::decode(certificate.subject()));
  TRY_ASSIGN(issuer.key_identifier_, pki::key_identifier(certificate.subject_public_key_info()));
  const auto serial = pki::serial_from_content(certificate.serial_content());
  if (!serial)
    return pki::fail(pki::Errc::malformed, "the CA certificate's serial number is not one of ours");
  issuer.serial_ = *serial;
  issuer.not_after_ = certificate.not_after();
  TRY_ASSIGN(issuer.signer_, pki::VerifyingSigner::wrap(std::move(signer)));
  issuer.record_ = std::move(record);
  return issuer;
}

}  // namespace registry
