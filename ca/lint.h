// The last look before signing: a certificate that breaks a rule is never signed.
//
// Two opinions that share no code with the encoder: OpenSSL's decoder, and our own rules on what our strict
// reader finds in the bytes.

#pragma once

#include "ca/certificate_builder.h"
#include "pki/result.h"
#include "registry/residents.h"

namespace ca {

// `tbs` is what `issuer` is about to sign for `request`; `resident` is the holder, of whom an authentication
// certificate must say nothing. Errc::internal names the broken rule, never an item's value.
[[nodiscard]] pki::Result<void> lint_end_entity(pki::ByteView tbs, const registry::SigningIssuer& issuer,
                                                const EndEntityRequest& request,
                                                const registry::Resident& resident);

// `der` is the finished certificate: what was linted, and no other bytes, is what was signed. `tbs_hash` is
// the SHA-256 that the intent names. Errc::internal when it is not.
[[nodiscard]] pki::Result<void> lint_signed(pki::ByteView der, pki::ByteView tbs_hash);

}  // namespace ca
