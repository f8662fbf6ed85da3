// The credentials of the PIN-less path whose approved checks the verifier has ended (Order 25-5, 25-6).
//
// The end is notified beforehand, so it takes effect without a request: the service looks for it.

#pragma once

#include <cstddef>

#include "pki/result.h"
#include "registry/actor.h"
#include "store/writer.h"
#include "verifier/verifiers.h"

namespace verifier {

// Whether the verifier has ended the approved checks by a day, without a new approval since.
[[nodiscard]] bool has_ended_approval(const Verifier& verifier, pki::Date day);

// How many credentials end_credentials() would revoke at `now`.
[[nodiscard]] std::size_t foresee_end_of_credentials(const store::ReadTransaction& transaction,
                                                     pki::Time now);
// Revokes the PIN-less credentials of every verifier whose end has come, in one command; writes nothing when
// there are none. Gives their number. Blocks.
[[nodiscard]] pki::Result<std::size_t> end_credentials(const store::Environment& environment,
                                                       store::Writer& writer, const registry::Actor& actor,
                                                       pki::Time now);

}  // namespace verifier
