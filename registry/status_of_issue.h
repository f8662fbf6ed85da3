// Internal to registry: rows of `status` and their changes, without what else an issue records.

#pragma once

#include "registry/certificates.h"

namespace registry {

// Writes `status` and the changes of a new certificate. REQUIRES: the serial has no status.
void record_status_of_issue(store::WriteTransaction& transaction, const IssuedCertificate& certificate,
                            pki::Time now);
// The same with any state. Sequence and time of the change are filled in.
void record_first_status(store::WriteTransaction& transaction, const CertificateId& id, const Status& status,
                         pki::Time now);
// The same in the place of the status at `from`, which ends with it. The distribution point may be another
// one, whose lists then never had what was there; so may the generation of the name. REQUIRES: `from` has a
// status, and `to` has none or is the same.
void move_status(store::WriteTransaction& transaction, const CertificateId& from, const CertificateId& to,
                 const Status& status, pki::Time now);

// The row alone, as it is given.
void put_status(store::WriteTransaction& transaction, const CertificateId& id, const Status& status);
// Its row of `revoked`: written while it is not good, else erased. `was_listed`: it had one until now.
void put_list_row(store::WriteTransaction& transaction, const CertificateId& id, const Status& status,
                  bool was_listed);
// The CRC-32C that a row ends in: over its key and the bytes before the check.
[[nodiscard]] std::uint32_t status_check(pki::ByteView key, pki::ByteView content);

}  // namespace registry
