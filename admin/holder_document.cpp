// Finding the signer among the holder's certificates.

#include "admin/holder_document.h"

#include "pki/certificate.h"
#include "pki/certificate_kind.h"
#include "pki/hash.h"
#include "pki/messages/admin.h"
#include "pki/signed_data.h"

namespace admin {

pki::Result<HolderDocument> open_holder_document(const store::ReadTransaction& transaction,
                                                 const store::Vault& vault, registry::ResidentId holder,
                                                 pki::ByteView der, std::string_view field) {
  const std::string name(field);
  const auto signed_data = pki::SignedData::decode(der);
  if (signed_data.has_error()) return pki::invalid(name, signed_data.error().message);
  for (const registry::CertificateId& id : registry::certificates_of(transaction, holder)) {
    if (id.issuer.ca != pki::CaName::sign) continue;
    const auto record = registry::find_certificate(transaction, vault, id);
    if (!record) continue;
    TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(record->der));
    if (!signed_data->signer().names(certificate)) continue;
    auto content = signed_data->verified_content(certificate);
    if (content.has_error()) return pki::invalid(name, content.error().message);
    return HolderDocument{.content = std::move(*content),
                          .signed_with = id,
                          .signer_not_before = certificate.not_before(),
                          .sha256 = pki::digest(pki::HashAlgorithm::sha256, der)};
  }
  return pki::invalid(name, messages::not_signed_by_holder);
}

pki::Error fault_in_document(std::string_view field, pki::Error error) {
  error.field = error.field.empty() ? std::string(field) : std::string(field) + "." + error.field;
  error.code = pki::Errc::invalid_value;
  return error;
}

}  // namespace admin
