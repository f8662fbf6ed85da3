// `jpki clock repair`: a store that was written while the clock ran ahead takes changes of the present again.

#pragma once

#include <string>
#include <vector>

#include "registry/crls.h"
#include "service/instance.h"
#include "store/audit.h"

namespace service {

// What a store holds that was dated in a future that has not come.
struct FalseTime {
  // The store's last write before the repair.
  pki::Time last_write;
  // Oldest first: who did what, and to whom.
  std::vector<store::AuditEntry> entries;
  // Published lists whose thisUpdate lies ahead.
  std::vector<registry::CrlRecord> lists;
  // OCSP responders and the HTTPS listener whose certificates begin ahead, by their serials' names: no client
  // believes them now.
  std::vector<std::string> certificates;
};

// What lies ahead of `now`. Errc::conflict when the store was not written in the future.
[[nodiscard]] pki::Result<FalseTime> find_false_time(const store::ReadTransaction& transaction,
                                                     pki::Time now);

// What a repair by the wall clock's present time would find; changes nothing. Errors as repair_clock().
[[nodiscard]] pki::Result<FalseTime> plan_clock_repair(const DataFolder& data, const Config& config,
                                                       pki::Time now);

// A clock that is still ahead, less far than it was, looks like one that is right: nothing in the store tells
// them apart. So somebody looks at another clock and says what it says: `said` must agree with `clock` within
// `clock.max_step` of the configuration, else Errc::conflict.
//
// Sets the store's last write to now, says so in the audit log, takes the false lists out of the schedule,
// opens the days of the ledger again that are not over, replaces the false certificates of the service's own,
// publishes all lists with higher numbers, and forgets what the last process has left about the clock. What
// was recorded in the false time stays as it is: nothing here can say which of it was meant. For a data
// folder that nothing serves from. Throws StoreError while another process has the store.
[[nodiscard]] pki::Result<FalseTime> repair_clock(InstanceOptions options, const pki::Clock& clock,
                                                  pki::Time said, store::Actor actor);

}  // namespace service
