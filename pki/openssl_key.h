// Private keys as OpenSSL has them, for the parts of pki that call it.

#pragma once

#include <openssl/evp.h>

#include <memory>

#include "pki/bytes.h"

namespace pki {

struct OpensslKeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using OpensslKey = std::unique_ptr<EVP_PKEY, OpensslKeyDeleter>;

// Reads a key in PKCS#8, DER (RFC 5958); null for what is none. Usable from any thread. The numbers lie where
// OpenSSL puts those of private keys: in its secure heap, when that was set up before.
[[nodiscard]] OpensslKey read_openssl_key(ByteView pkcs8);

}  // namespace pki
