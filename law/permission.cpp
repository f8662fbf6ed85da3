// Roles and municipalities.

#include "law/permission.h"

#include <string>

#include "pki/messages/law.h"
#include "registry/actor.h"
#include "registry/municipalities.h"

namespace law {

namespace {

using registry::Role;

bool is_staff(const registry::Actor& actor) {
  return actor.role == Role::officer || actor.role == Role::supervisor || actor.role == Role::system;
}

pki::Error wrong_municipality(const char* article) {
  // Which one it is, is part of the holder's address.
  return pki::forbidden(messages::of_another_municipality, article);
}

}  // namespace

registry::Actor acting_for(const store::ReadTransaction& transaction, const registry::Actor& actor,
                           std::uint32_t place) {
  if (actor.role != Role::municipality || !actor.municipality || actor.municipality == place) return actor;
  const auto city = registry::find_municipality(transaction, *actor.municipality);
  const auto ward = registry::find_municipality(transaction, place);
  registry::Actor acting = actor;
  if (city && ward && registry::is_ward_of(*ward, *city)) acting.municipality = place;
  return acting;
}

pki::Result<void> check_may_record(const registry::Actor& actor, const Recording& what,
                                   const registry::Resident& resident) {
  const Event event = what.event;
  if (event == Event::release && actor.role != Role::municipality)
    return pki::forbidden(messages::release_at_counter, "CPS 4.9");
  if (actor.role == Role::call_centre) {
    if (event == Event::hold) return {};
    return pki::forbidden(messages::call_centre_holds, "CPS 4.9");
  }
  if (actor.role == Role::auditor) return pki::forbidden(messages::auditor_reads, "Ordinance 74");
  if (what.is_online && !is_staff(actor))
    return pki::forbidden(messages::online_as_officer,
                          "Act 9(4), 10(4), 16-8(2), 16-9(2), 28(4), 29(4), 35-8(2), 35-9(2)");
  if (actor.role == Role::municipality) {
    const bool own = actor.municipality == resident.municipality;
    const bool moves_in = event == Event::address_change && what.new_municipality &&
                          actor.municipality == what.new_municipality;
    const bool is_of_holder = event == Event::holder_application || event == Event::key_notice;
    if (!own && is_of_holder && !what.other_municipality_reason)
      return pki::forbidden(messages::event_elsewhere, event == Event::key_notice
                                                           ? "Act 10(1), 29(1), Ordinance 11-2, 47-2"
                                                           : "Act 9(1), 28(1), Ordinance 11-2, 47-2");
    if (!own && !moves_in && !is_of_holder) return wrong_municipality("Act 3, 22");
  }
  return {};
}

pki::Result<void> check_may_register(const registry::Actor& actor, std::uint32_t municipality) {
  if (actor.role == Role::municipality && actor.municipality != municipality)
    return wrong_municipality("Resident Registry Act 5");
  if (actor.role == Role::municipality || is_staff(actor)) return {};
  return pki::forbidden(messages::role_registers_none, "Resident Registry Act 5");
}

pki::Result<registry::OtherMunicipalityReason> parse_other_municipality_reason(std::string_view text,
                                                                               pki::CaName ca) {
  using registry::OtherMunicipalityReason;
  const bool sign = ca == pki::CaName::sign;
  int number = 0;
  for (auto reason = OtherMunicipalityReason::company_batch; reason <= OtherMunicipalityReason::equivalent;
       reason = static_cast<OtherMunicipalityReason>(static_cast<int>(reason) + 1)) {
    // Item (vi) of Ordinance 47-2 has no counterpart in 11-2, where the next one is (vi).
    if (reason == OtherMunicipalityReason::specified_age && sign) continue;
    if (text == to_string(reason) || text == std::to_string(++number)) return reason;
  }
  return pki::invalid("reason", sign ? messages::reasons_for_sign : messages::reasons_for_auth);
}

pki::Result<void> check_may_issue(
    const registry::Actor& actor, const registry::Resident& resident,
    std::optional<registry::OtherMunicipalityReason> other_municipality_reason) {
  if (actor.role == Role::municipality && actor.municipality != resident.municipality &&
      !other_municipality_reason)
    return pki::forbidden(messages::issue_elsewhere, "Act 3(1)(9), 22(1)(9), Ordinance 11-2, 47-2");
  if (actor.role == Role::municipality || is_staff(actor)) return {};
  return pki::forbidden(messages::issued_by_municipality, "Act 3, 22");
}

pki::Result<void> check_may_administer(const registry::Actor& actor) {
  if (is_staff(actor)) return {};
  return pki::forbidden(messages::staff_alone, "Ordinance 74");
}

}  // namespace law
