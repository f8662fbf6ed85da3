// How often the approvals of a verifier's PIN-less class were changed.
//
// A list of approvals that comes back is another one than before: an approval of today that was replaced and
// then recorded once more. What was asked for in between is told from it by this number.

#pragma once

#include <cstdint>

#include "store/environment.h"

namespace verifier {

// 0 before the first change of a verifier that is on record, and for a verifier that is not.
[[nodiscard]] std::uint64_t approvals_revision(const store::ReadTransaction& transaction,
                                               std::uint64_t verifier);

}  // namespace verifier
