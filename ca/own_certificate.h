// A holder's certificate that comes back from outside, read with the proof that one of our keys has signed
// it: what `jpki cert adopt` brings to a restored store.

#pragma once

#include "ca/authority.h"
#include "pki/bytes.h"
#include "pki/result.h"
#include "registry/certificates.h"
#include "store/environment.h"

namespace ca {

// What the certificate says of itself; the holder is not in it and stays empty. Errc::malformed for what is
// no certificate, Errc::unauthorized when none of the authority's keys has signed it, Errc::invalid_value
// when it is none of a holder's.
[[nodiscard]] pki::Result<registry::IssuedCertificate> read_own_certificate(
    const store::ReadTransaction& transaction, const Authority& authority, pki::ByteView der);

}  // namespace ca
