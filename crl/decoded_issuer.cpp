// From a stored CA certificate to what its lists repeat.

#include "crl/decoded_issuer.h"

#include "pki/certificate.h"
#include "pki/der.h"

namespace crl {

pki::Result<DecodedIssuer> decode_issuer(const registry::Issuer& issuer) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(issuer.certificate));
  const pki::Extension* identifier = certificate.find_extension(pki::oids::kSubjectKeyIdentifier);
  if (identifier == nullptr)
    return pki::fail(pki::Errc::unsupported,
                     "the certificate of " + to_string(issuer.id) +
                         " has no subjectKeyIdentifier, so its CRLs could not name their key");
  pki::der::Reader value(identifier->value);
  TRY_ASSIGN(const pki::ByteView key_identifier, value.read_octet_string());
  TRY(value.finish());
  TRY_ASSIGN(pki::PublicKey key, pki::PublicKey::load(certificate.subject_public_key_info()));
  const pki::SignatureAlgorithm algorithm = pki::default_signature_algorithm(key.algorithm());
  return DecodedIssuer{.id = issuer.id,
                       .subject = pki::to_bytes(certificate.subject()),
                       .key_identifier = pki::to_bytes(key_identifier),
                       .public_key = pki::to_bytes(certificate.subject_public_key_info()),
                       .verification_key = std::move(key),
                       .algorithm = algorithm,
                       .public_url = issuer.public_url,
                       .not_after = certificate.not_after()};
}

}  // namespace crl
