// From a stored CA certificate to what everything that it issues repeats.

#include "registry/decoded_issuer.h"

#include <utility>

#include "pki/certificate.h"
#include "pki/der.h"
#include "pki/messages/registry.h"

namespace registry {

namespace {

pki::Result<pki::Bytes> key_identifier_of(const pki::Certificate& certificate, IssuerId id) {
  const pki::Extension* identifier = certificate.find_extension(pki::oids::kSubjectKeyIdentifier);
  if (identifier == nullptr)
    return pki::fail(pki::Errc::unsupported, {messages::issuer_without_key_identifier, to_string(id)});
  pki::der::Reader value(identifier->value);
  TRY_ASSIGN(const pki::ByteView content, value.read_octet_string());
  TRY(value.finish());
  return pki::to_bytes(content);
}

}  // namespace

pki::Result<DecodedIssuer> decode_issuer(Issuer record) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(record.certificate));
  TRY_ASSIGN(pki::Name name, pki::Name::decode(certificate.subject()));
  TRY_ASSIGN(pki::Bytes key_identifier, key_identifier_of(certificate, record.id));
  const auto serial = pki::serial_from_content(certificate.serial_content());
  if (!serial) return pki::fail(pki::Errc::malformed, messages::issuer_serial_foreign);
  TRY_ASSIGN(pki::PublicKey key, pki::PublicKey::load(certificate.subject_public_key_info()));
  const pki::SignatureAlgorithm algorithm = pki::default_signature_algorithm(key.algorithm());
  return DecodedIssuer{.record = std::move(record),
                       .name = std::move(name),
                       .subject = pki::to_bytes(certificate.subject()),
                       .key_identifier = std::move(key_identifier),
                       .serial = *serial,
                       .not_after = certificate.not_after(),
                       .public_key = pki::to_bytes(certificate.subject_public_key_info()),
                       .verification_key = std::move(key),
                       .algorithm = algorithm};
}

}  // namespace registry
