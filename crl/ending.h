// When a CA generation may have its last CRLs.

#pragma once

#include "pki/result.h"
#include "pki/time.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace crl {

// ETSI EN 319 411-1: no last CRL before every certificate in its scope is expired or revoked. That is so when
// the CA's own certificate has expired, since it outlives all others; or when nothing is issued with its key
// any more (a newer generation does, or the key is compromised) and no certificate is left that is in force
// or held. Errc::conflict says what stands against it; Errc::not_found for no such generation. Reads the
// generation's status records up to the first that is in force.
[[nodiscard]] pki::Result<void> may_end(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                                        pki::Time now);

}  // namespace crl
