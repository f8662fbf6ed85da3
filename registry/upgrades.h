// What the steps of `jpki migrate` do to the tables (service/migrate.h says which step is which version).

#pragma once

#include <cstdint>

#include "store/environment.h"

namespace registry {

// To version 2. Both give how many rows they have written.
std::uint64_t add_status_checks(store::WriteTransaction& transaction);
std::uint64_t list_unissued(store::WriteTransaction& transaction);

}  // namespace registry
