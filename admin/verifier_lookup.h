// The verifier that a path names, for every file of this folder that works with one.

#pragma once

#include <string>

#include "pki/result.h"
#include "verifier/verifiers.h"

namespace admin {

// Errc::not_found when `id` is no verifier's number.
[[nodiscard]] pki::Result<verifier::Verifier> verifier_named(const store::ReadTransaction& transaction,
                                                             const std::string& id);

}  // namespace admin
