// The last look before signing: a certificate that breaks a rule is never signed.
//
// Two opinions that share no code with the encoder: OpenSSL's decoder, and our own rules on what our strict
// reader finds in the bytes.

#pragma once

#include "ca/certificate_builder.h"
#include "pki/result.h"

namespace ca {

// `tbs` is what `issuer` is about to sign for `request`. Errc::internal names the broken rule.
[[nodiscard]] pki::Result<void> lint_end_entity(pki::ByteView tbs, const registry::SigningIssuer& issuer,
                                                const EndEntityRequest& request);

}  // namespace ca
