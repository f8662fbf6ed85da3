// The certificates of one holder, as far as their records open.

#pragma once

#include <vector>

#include "registry/certificates.h"
#include "registry/resident_id.h"
#include "store/environment.h"
#include "store/vault.h"

namespace law {

// In the order of issuing. One whose record is damaged is left out: one bad row must not bar its holder from
// all that follows, and `jpki check --store` names it.
[[nodiscard]] std::vector<registry::IssuedCertificate> readable_certificates(
    const store::ReadTransaction& transaction, const store::Vault& vault, registry::ResidentId holder);

}  // namespace law
