// Names of distribution points beside names that are known already: what the key ceremony makes on other
// threads than that of the store's transaction.

#pragma once

#include <map>
#include <vector>

#include "ca/generation.h"

namespace ca {

// By which codes the other generations of a CA's name know the directory names of their points.
using PointsByName = std::map<pki::Bytes, pki::DistributionPoint>;
// As name_points() of a store whose other generations have the points `others`; `issuer` is one that issues
// to holders. Reads no store.
[[nodiscard]] pki::Result<PointNames> name_points_beside(
    const PointsByName& others, const Profile& profile,
    const std::vector<registry::Municipality>& municipalities, registry::IssuerId issuer);

}  // namespace ca
