// Whether the store is older than the published lists.
//
// Numbers are committed before any list gets its final name (crl/run), so a list whose number is above the
// store's counter was recorded by a later state of the store: this one was put back. It would call revoked
// certificates good and give serials a second time, so nothing may be served from it.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "registry/schema.h"
#include "store/environment.h"

namespace crl {

// The greatest number that the store has given to a list of a CA name.
[[nodiscard]] std::uint64_t greatest_number_given(const store::ReadTransaction& snapshot, pki::CaName ca);

// By the names of the files alone: which file proves it, in words. Nothing when none does. Also a folder of a
// generation that the store does not know is a proof.
[[nodiscard]] std::optional<pki::Message> find_newer_lists(const store::ReadTransaction& snapshot,
                                                           const std::filesystem::path& folder);

// Whether a file that no record names holds a list of the generation whose number the store has not given.
[[nodiscard]] bool holds_newer_list(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                                    const std::filesystem::path& file);

// What is wrong and what to do, around a proof.
[[nodiscard]] pki::Message old_store_message(pki::Message proof);

}  // namespace crl
