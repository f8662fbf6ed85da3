// When the store was last written: what is written later may not be dated before it.

#pragma once

#include <optional>

#include "pki/time.h"
#include "store/environment.h"

namespace store {

// Absent when nothing was written yet.
[[nodiscard]] std::optional<pki::Time> last_write_time(const ReadTransaction& transaction);
// Part of every commit; set back by the repair of a clock alone (service/clock_repair.h).
void set_last_write_time(WriteTransaction& transaction, pki::Time time);

}  // namespace store
