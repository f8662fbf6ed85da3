// Refusals of the OCSP service that belong in the audit log, on their way there: the service cannot write, so
// what it reports waits here, bounded, as Commands of the writer.

#pragma once

#include <memory>

#include "ocsp/service.h"
#include "store/writer.h"

namespace service {

// The hook for ocsp::ServiceOptions::on_refusal. At most `waiting_max` entries wait for their commit; more
// are counted, and the next entry says how many were left out, so that a flood of replays costs neither
// memory nor the place of other commands. `writer` must outlive the hook's use; entries that wait at the end
// are written by the writer's end.
[[nodiscard]] std::function<void(const ocsp::Refusal&)> make_refusal_audit(store::Writer& writer,
                                                                           std::size_t waiting_max = 1'000);

}  // namespace service
