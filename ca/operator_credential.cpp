// The certificate of an operator: for clients of TLS, and for administration, which no other credential is.

#include "ca/operator_credential.h"

#include <algorithm>

#include "ca/certificate_builder.h"
#include "pki/certification_request.h"
#include "registry/serials.h"

namespace ca {

pki::Result<void> check_operator_request(pki::ByteView certification_request) {
  TRY(pki::verify_certification_request(certification_request));
  return {};
}

pki::Result<registry::OperatorCredential> sign_operator_credential(store::Writer& writer,
                                                                   const Authority& authority,
                                                                   const OperatorCredentialRequest& request,
                                                                   pki::Time now) {
  TRY_ASSIGN(const pki::CertificationRequest csr,
             pki::verify_certification_request(request.certification_request));
  const ProfileConfig& config = authority.profile().config();
  const registry::SigningIssuer& ca = authority.current(pki::CaName::operations);
  registry::OperatorCredential credential{
      .serial = {},
      .not_before = now,
      .not_after = std::min(now + std::chrono::days{config.credential_days}, ca.not_after()),
      .certificate = {}};
  TRY_ASSIGN(credential.serial, registry::reserve_serials(writer, pki::CaName::operations));
  const pki::Name subject({pki::country("JP"), pki::organization(config.organization),
                           pki::organizational_unit("Operators"), pki::common_name(request.name)});
  const pki::Bytes tbs = encode_credential_tbs(ca, {.serial = credential.serial,
                                                    .validity = {credential.not_before, credential.not_after},
                                                    .subject = subject,
                                                    .key_purpose = pki::oids::kKeyPurposeClientAuth,
                                                    .subject_public_key_info = csr.subject_public_key_info,
                                                    .second_key_purpose = kKeyPurposeAdministration});
  TRY_ASSIGN(credential.certificate, ca.sign(tbs));
  return credential;
}

}  // namespace ca
