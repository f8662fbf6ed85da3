// Which role may record what, and for whom (interface of the contract, sections 2 and 5).

#pragma once

#include "ca/rule.h"
#include "pki/result.h"
#include "registry/actor.h"
#include "registry/residents.h"

namespace ca {

// Errc::forbidden with the article when the actor may not record this event for this resident. A change of
// address may be recorded by the old municipality or by the new one (転入).
[[nodiscard]] pki::Result<void> may_record(const registry::Actor& actor, Event event,
                                           const registry::Resident& resident,
                                           std::optional<std::uint32_t> new_municipality);

// Errc::forbidden when the actor may not enter a resident of this municipality, or issue to one (Act 3, 22).
[[nodiscard]] pki::Result<void> may_register(const registry::Actor& actor, std::uint32_t municipality);
[[nodiscard]] pki::Result<void> may_issue(const registry::Actor& actor, const registry::Resident& resident);

// Errc::forbidden for anyone but J-LIS's own staff: verifiers, publication.
[[nodiscard]] pki::Result<void> may_administer(const registry::Actor& actor);

}  // namespace ca
