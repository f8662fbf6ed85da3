// Whether the rows from which lists are made are those that were written.
//
// What no CRL names is good to whoever reads it (RFC 5280 section 3.3), and LMDB cannot tell damage from
// absence: a row of `revoked` that is lost or altered would silently take a revoked certificate off the next
// complete CRL, one of `changes` off the next delta. So a sum over the rows of `revoked` is kept in the
// commits that write them, and a row of `changes` has a copy in `point_changes`. This finds accidents, not
// somebody who writes to the store.

#pragma once

#include <cstdint>
#include <optional>

#include "registry/certificates.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace registry {

// Whether the rows of `revoked` of this issuer add up to their sum; true while there is no sum. Reads all of
// them.
[[nodiscard]] bool are_revoked_rows_whole(const store::ReadTransaction& transaction, IssuerId issuer);

// Whether every change of the issuer after `after` is there, in both tables and the same in both.
[[nodiscard]] bool are_changes_whole(const store::ReadTransaction& transaction, IssuerId issuer,
                                     std::uint64_t after);

// The row of `revoked` of one certificate, if there is one.
[[nodiscard]] RevokedCursor list_row_of(const store::ReadTransaction& transaction, const CertificateId& id,
                                        pki::DistributionPoint point);

// Whether rows of `revoked` are there without a sum: those of a store that an older program has written.
[[nodiscard]] bool lacks_revoked_sums(const store::ReadTransaction& transaction);
// Makes the rows again from `status`, whose rows have a check each, and with them the sums. What retention
// has removed by `now` stays away. Gives how many rows there are.
std::uint64_t rebuild_revoked_rows(store::WriteTransaction& transaction, pki::Time now);

// Internal to registry. `was_listed`: by its status the certificate had a row until now. An absent value
// erases.
void write_revoked_row(store::WriteTransaction& transaction, pki::ByteView key, bool was_listed,
                       std::optional<pki::ByteView> value);

}  // namespace registry
