// What the libraries say of themselves, at run time.

#include "pki/library_versions.h"

#include <botan/version.h>
#include <openssl/crypto.h>

namespace pki {

std::string library_versions() {
  return "Botan " + Botan::short_version_string() + ", OpenSSL " + OpenSSL_version(OPENSSL_VERSION_STRING);
}

}  // namespace pki
