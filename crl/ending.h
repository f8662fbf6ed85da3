// When a CA generation's key may make its last CRLs.

#pragma once

#include "pki/result.h"
#include "pki/time.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace crl {

// ETSI EN 319 411-1: no last CRL before every certificate in its scope is expired or revoked. So a key may
// end when nothing is issued with it any more (a newer generation does, or it is compromised) and no
// certificate of its generation is in force or held: clients that choose a list by its key need its lists
// until then. When the certificate of the last living generation of a name has expired, its key makes the
// last lists of the name; an expired generation of a name that lives on signs nothing. Errc::conflict says
// what stands against it; Errc::not_found for no such generation. Reads the generation's status records up to
// the first that is in force.
[[nodiscard]] pki::Result<void> may_end(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                                        pki::Time now);

}  // namespace crl
