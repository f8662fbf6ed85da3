// Ready-made keys for simulated cards: generating 4,000 RSA keys takes minutes.

#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "pki/private_key.h"
#include "pki/result.h"

namespace pki {

// Every key of the files pool-*.pem in a folder, in order of file name and position. Errc::not_found when
// there is none.
[[nodiscard]] Result<std::vector<PrivateKey>> load_key_pool(const std::filesystem::path& folder);

// The keys that are built into the program for the mock: its authority's, and a pool for its residents.
[[nodiscard]] std::string_view builtin_authority_keys();
[[nodiscard]] std::string_view builtin_key_pool();

}  // namespace pki
