// CMS SignedData (RFC 5652) as a holder's card and its software make it; pki/signed_data.h reads it.

#pragma once

#include "pki/bytes.h"
#include "pki/private_key.h"
#include "pki/result.h"

namespace mock {

// One signature by SHA-256 over `content`, which is inside, as is the signer's certificate; no signed
// attributes, so that the same content gives the same bytes. Errc::malformed for a `certificate` that is
// none.
[[nodiscard]] pki::Result<pki::Bytes> make_signed_data(pki::ByteView content, pki::ByteView certificate,
                                                       const pki::PrivateKey& key);

}  // namespace mock
