// A CA's next generation between its preparation and its record, and who prepares it (service/rollover.h).

#pragma once

#include <functional>
#include <memory>

#include "ca/ceremony.h"
#include "pki/result.h"
#include "store/writer.h"

namespace admin {

// A generation whose keys and certificates are made, and which no store knows yet. One that is destroyed
// unrecorded leaves nothing behind.
class PendingGeneration {
 public:
  PendingGeneration() = default;
  virtual ~PendingGeneration() = default;
  PendingGeneration(const PendingGeneration&) = delete;
  PendingGeneration& operator=(const PendingGeneration&) = delete;
  // Puts it on record, in a command, whose subjects it names: from the commit on this generation issues.
  // Errc::conflict when another one has begun since.
  virtual pki::Result<void> record(store::CommandContext& context) = 0;
  // After the commit: the service goes on with it.
  virtual void put_to_use() = 0;
};

// How a running service begins a CA's next generation (service/rollover.h). Errc::conflict while another
// rollover is on its way.
using PrepareGeneration =
    std::function<pki::Result<std::unique_ptr<PendingGeneration>>(const ca::Succession& succession)>;

}  // namespace admin
