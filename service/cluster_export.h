// `jpki cluster export`: a store leaves its log and is complete in itself again.
//
// The machine leads once more, closes the log by its last row, and only then forgets it. From that row on no
// machine leads, so serials and list numbers are given by one store alone. Whatever breaks in between: either
// the log has no such row, and any machine leads on, or the same command on the same machine completes it.

#pragma once

#include <cstdint>
#include <optional>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "service/data_folder.h"
#include "service/instance.h"
#include "service/leader.h"
#include "service/two_credentials.h"
#include "store/actor.h"

namespace service {

// Whether a call may complete one that has closed the log before.
enum class Completing : std::uint8_t { refused, allowed };

// In whose name a store leaves its log: this process's user, or, where two persons must act, those whose
// credentials are shown. Errc::forbidden when they must and are not.
[[nodiscard]] pki::Result<registry::Actor> who_exports(const DataFolder& data,
                                                       const std::optional<TwoCredentials>& shown,
                                                       pki::Time now);

struct ExportReport {
  pki::Bytes log_id;
  // The row that closed the log.
  std::uint64_t row = 0;
};

// On a data folder that nothing serves from, with every key of the authority. What a leader makes for itself
// at its start is made: responders and the certificate of HTTPS with keys of this machine. Errc::conflict
// when the store belongs to no log, another machine leads, or another store has left the log;
// Errc::outcome_unknown when it must be called again to know. `member` must outlive the call.
//
// Of several calls that come to the end of a log, on one folder and on copies of it, one alone goes on; the
// others get Errc::conflict, and so does one that is repeated after it was broken off between there and its
// end: `completing` must say then that no store has gone on, which no program can know.
[[nodiscard]] pki::Result<ExportReport> export_store(InstanceOptions options, LogMember& member,
                                                     const pki::Clock& clock, store::Actor actor,
                                                     Completing completing = Completing::refused);

}  // namespace service
