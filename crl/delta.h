// What a delta CRL says: the net of the changes since its base, RFC 5280 section 5.2.4.

#pragma once

#include <cstdint>
#include <vector>

#include "crl/encode.h"
#include "registry/crls.h"
#include "store/environment.h"

namespace crl {

// The entries of a delta of the scope at the snapshot, by serial. Time and memory follow the changes since
// the base (its CrlRecord::covered says up to which change of each generation it goes), not the base.
//
// A certificate that is revoked or held now and has changed since the base is listed with its reason; also
// when it stands as in the base again (held, released and held within a second), since a delta in between may
// have shown it released, and section 5.2.4 lets a verifier build on that. One
// that is good now is listed as removeFromCRL when it was held in the base, or when a list published since
// then has shown a hold, whichever key signed it (section 5.2.4 demands it: who kept that delta must learn of
// the release).
[[nodiscard]] std::vector<ListEntry> net_changes(const store::ReadTransaction& snapshot,
                                                 const registry::CrlScope& scope,
                                                 const registry::Coverage& base);

}  // namespace crl
