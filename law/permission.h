// Which role may record what, and for whom (interface of the contract, sections 2 and 5).

#pragma once

#include <string_view>

#include "law/rule.h"
#include "pki/result.h"
#include "registry/actor.h"
#include "registry/residents.h"

namespace law {

// Who acts for residents of `place`: a designated city applies through its wards (Act 71, Order 31), so its
// own code acts as that of the ward; every other actor is himself. What follows asks for the actor so found;
// what is recorded names the city.
[[nodiscard]] registry::Actor acting_for(const store::ReadTransaction& transaction,
                                         const registry::Actor& actor, std::uint32_t place);

// Errc::forbidden with the article when the actor may not record this event for this resident. A change of
// address may be recorded by the old municipality or by the new one (転入).
[[nodiscard]] pki::Result<void> may_record(const registry::Actor& actor, Event event,
                                           const registry::Resident& resident,
                                           std::optional<std::uint32_t> new_municipality);

// Errc::forbidden when the actor may not enter a resident of this municipality.
[[nodiscard]] pki::Result<void> may_register(const registry::Actor& actor, std::uint32_t municipality);

// Why someone applies at another municipality than the one of residence: the six cases of Ordinance 11-2(1)
// (and 47-2 for authentication), by name or by number: company-batch, evacuation, domestic-violence,
// stalking, child-abuse, equivalent. Errc::invalid_value for anything else.
[[nodiscard]] pki::Result<std::string_view> parse_elsewhere_reason(std::string_view text);

// Errc::forbidden when the actor may not issue to the resident (Act 3, 22): the municipality of residence
// may, another one for a reason of Ordinance 11-2. `elsewhere_reason` is empty when none was given.
[[nodiscard]] pki::Result<void> may_issue(const registry::Actor& actor, const registry::Resident& resident,
                                          std::string_view elsewhere_reason);

// Errc::forbidden for anyone but J-LIS's own staff: verifiers, publication.
[[nodiscard]] pki::Result<void> may_administer(const registry::Actor& actor);

}  // namespace law
