// Internal to registry: the status, change and reservation side of record_issue (registry/certificates.h).

#pragma once

#include "registry/certificates.h"

namespace registry {

// Writes `status` and the changes of a new certificate. REQUIRES: the serial has no status.
void record_status_of_issue(store::WriteTransaction& transaction, const IssuedCertificate& certificate,
                            pki::Time now);

}  // namespace registry
