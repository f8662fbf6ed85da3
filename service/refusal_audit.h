// Refusals of the OCSP service that belong in the audit log, on their way there: the service cannot write, so
// what it reports waits here, bounded, as Commands of the writer.

#pragma once

#include <memory>

#include "ocsp/service.h"
#include "store/writer.h"

namespace service {

// How long repetitions of a refusal are counted instead of written.
inline constexpr pki::Seconds kRefusalRepeats{60};

// The hook for ocsp::ServiceOptions::on_refusal. A refusal that is the same as one of the last minute
// (verifier, credential, kind) is counted, and so is one for which there is no place because `waiting_max`
// entries wait for their commit; the next entry says how many were left out. A flood of replays costs neither
// memory nor the place of other commands, and leaves no flood in the audit log. `writer` and `clock` must
// outlive the hook's use; entries that wait at the end are written by the writer's end.
[[nodiscard]] std::function<void(const ocsp::Refusal&)> make_refusal_audit(store::Writer& writer,
                                                                           const pki::Clock& clock,
                                                                           std::size_t waiting_max = 1'000);

}  // namespace service
