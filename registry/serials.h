// Reserving serial numbers ahead of an issue, in a commit of their own.

#pragma once

#include <cstdint>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/serial_number.h"
#include "registry/unissued.h"
#include "store/writer.h"

namespace registry {

// Reserves `count` (at least 1) consecutive serials of a CA name, over all its generations, and gives the
// first. They are never given again, used or not. Blocks for the commit; errors are the writer's.
[[nodiscard]] pki::Result<pki::SerialNumber> reserve_serials(store::Writer& writer, pki::CaName ca,
                                                             std::uint64_t count = 1);

// Whether a process has reserved serials of a CA name for certificates before.
enum class BlockOrder : std::uint8_t { first_of_process, further };
// The same for a block from which certificates are issued until it is used up. The first block of a process
// is noted: what is left of those before it is never given.
[[nodiscard]] pki::Result<pki::SerialNumber> reserve_block(store::Writer& writer, pki::CaName ca,
                                                           std::uint64_t count, BlockOrder order);

// Serials from this one on may still be given although they were reserved: they lie in blocks of the process
// that used the store last. A store that was put back does not know which of them were. 0 where earlier
// versions did not note it.
[[nodiscard]] std::uint64_t first_open_serial(const store::ReadTransaction& transaction, pki::CaName ca);
void set_first_open_serial(store::WriteTransaction& transaction, pki::CaName ca, std::uint64_t serial);

// The serials that restores have skipped, in order: none of them was or will be on a certificate, whatever
// store gave those behind them.
[[nodiscard]] std::vector<SerialRange> skipped_serials(const store::ReadTransaction& transaction,
                                                       pki::CaName ca);
void note_skipped_serials(store::WriteTransaction& transaction, pki::CaName ca, SerialRange range);

}  // namespace registry
