// A second opinion on what we are about to sign: OpenSSL's decoder, which shares no code with our encoder.

#pragma once

#include "pki/bytes.h"
#include "pki/result.h"

namespace pki {

// Wraps a TBSCertificate with a dummy signature and lets OpenSSL read it: the encoding must survive a
// round trip unchanged and every extension that OpenSSL knows must decode. Errc::internal names what did not.
[[nodiscard]] Result<void> check_tbs_certificate_with_openssl(ByteView tbs, ByteView signature_algorithm);

}  // namespace pki
