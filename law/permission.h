// Which role may record what, and for whom (docs/cli.md, section 1).

#pragma once

#include <optional>
#include <string_view>

#include "law/rule.h"
#include "pki/result.h"
#include "registry/actor.h"
#include "registry/residents.h"

namespace law {

// Who acts for residents of `place`: a designated city applies through its wards (Act 71, Order 31), so its
// own code acts as that of the ward; otherwise `actor` unchanged. What follows asks for the actor so found;
// what is recorded names the city.
[[nodiscard]] registry::Actor acting_for(const store::ReadTransaction& transaction,
                                         const registry::Actor& actor, std::uint32_t place);

// Errc::forbidden with the article when the actor may not record this event for this resident. A change of
// address may be recorded by the old municipality or by the new one (転入); the holder's application and
// notice by another one for a reason of Ordinance 11-2 or 47-2 (Act 9(1), 10(1), 28(1), 29(1)).
struct Recording {
  Event event = Event::address_change;
  std::optional<std::uint32_t> new_municipality;
  std::optional<registry::OtherMunicipalityReason> other_municipality_reason;
  // The holder's document came to the agency itself.
  bool is_online = false;
};
[[nodiscard]] pki::Result<void> check_may_record(const registry::Actor& actor, const Recording& what,
                                                 const registry::Resident& resident);

// Errc::forbidden when the actor may not enter a resident of this municipality.
[[nodiscard]] pki::Result<void> check_may_register(const registry::Actor& actor, std::uint32_t municipality);

// Why someone applies at another municipality than the one of residence, by name or by the number of the
// item: the six of Ordinance 11-2(1) for signing certificates (company-batch, evacuation, domestic-violence,
// stalking, child-abuse, equivalent), the seven of 47-2(1) for authentication (specified-age,
// 特定年齢未満申請者, before equivalent). Errc::invalid_value for anything else.
[[nodiscard]] pki::Result<registry::OtherMunicipalityReason> parse_other_municipality_reason(
    std::string_view text, pki::CaName ca);

// Errc::forbidden when the actor may not issue to the resident (Act 3, 22): the municipality of residence
// may, another one for a reason of Ordinance 11-2 or 47-2.
[[nodiscard]] pki::Result<void> check_may_issue(
    const registry::Actor& actor, const registry::Resident& resident,
    std::optional<registry::OtherMunicipalityReason> other_municipality_reason);

// Errc::forbidden for anyone but J-LIS's own staff: verifiers, publication.
[[nodiscard]] pki::Result<void> check_may_administer(const registry::Actor& actor);

}  // namespace law
