// Certificates as OpenSSL's objects, for what it shall do with their bytes: their keys are not decoded.

#pragma once

#include <openssl/x509.h>

#include <memory>

#include "pki/bytes.h"

namespace pki {

struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using OpensslCertificate = std::unique_ptr<X509, X509Deleter>;

// Null when OpenSSL cannot read it; its error queue says why. X509_get0_pubkey() of it is null.
[[nodiscard]] OpensslCertificate read_openssl_certificate(ByteView der);

}  // namespace pki
