// A document that a holder signed with a signing certificate of the card or the phone: CMS SignedData over
// JSON.
//
// What it says and whether it counts is decided by admin/consent and admin/signed_notice.

#pragma once

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/certificates.h"
#include "store/vault.h"

namespace admin {

struct HolderDocument {
  pki::Bytes content;
  registry::CertificateId signed_with;
  pki::Time signer_not_before;
  pki::Bytes sha256;  // Of the SignedData.
};

// Verifies the SignedData `der` with the holder's own signing certificates. Errc::invalid_value with `field`
// when it is no SignedData, none of theirs signed it, or the signature does not verify.
[[nodiscard]] pki::Result<HolderDocument> open_holder_document(const store::ReadTransaction& transaction,
                                                               const store::Vault& vault,
                                                               registry::ResidentId holder, pki::ByteView der,
                                                               std::string_view field);

// A fault in the document's content as one of the request's: Errc::invalid_value with the field "FIELD" or
// "FIELD.MEMBER".
[[nodiscard]] pki::Error fault_in_document(std::string_view field, pki::Error error);

}  // namespace admin
