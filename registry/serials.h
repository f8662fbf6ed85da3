// Reserving serial numbers ahead of an issue, in a commit of their own.

#pragma once

#include <cstdint>

#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/serial_number.h"
#include "store/writer.h"

namespace registry {

// Reserves `count` (at least 1) consecutive serials of a CA name, over all its generations, and gives the
// first. They are never given again, used or not. Blocks for the commit; errors are the writer's.
[[nodiscard]] pki::Result<pki::SerialNumber> reserve_serials(store::Writer& writer, pki::CaName ca,
                                                             std::uint64_t count = 1);

}  // namespace registry
