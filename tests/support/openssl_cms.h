// What a holder signs, made by OpenSSL: another implementation than the one that reads it
// (pki/signed_data.h).

#pragma once

#include "pki/bytes.h"
#include "pki/private_key.h"

namespace support {

// CMS SignedData (RFC 5652 section 5) in DER with `content` in it, signed by `key` in the name of the
// DER-encoded certificate `signer`, which need not be the key's. Throws std::runtime_error with OpenSSL's
// reason.
[[nodiscard]] pki::Bytes openssl_cms(pki::ByteView signer, const pki::PrivateKey& key, pki::ByteView content);

}  // namespace support
