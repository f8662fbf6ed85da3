// One function for each event, over the resident's dates.

#include "law/move_items.h"

#include "law/rule_table.h"
#include "pki/messages/law.h"
#include "registry/municipalities.h"
#include "registry/words.h"

namespace law {

namespace {

using registry::Departure;
using registry::MoveIn;
using registry::Residency;
using registry::Resident;

pki::Result<Resident> give_notice(Resident resident, Departure departure) {
  if (resident.residency != Residency::resident)
    return pki::refused({messages::no_record_to_leave, registry::word(resident.residency)},
                        "Resident Registry Act 24");
  resident.departure = std::move(departure);
  return resident;
}

// By reference: of a value, GCC 14 reports that the departure just removed may be used uninitialised.
pki::Result<Resident> withdraw_notice(Resident&& resident) {
  // A return that was reported by mistake: the fourteen days end.
  if (resident.returned_on) {
    resident.returned_on.reset();
    return std::move(resident);
  }
  if (!resident.departure) return pki::refused(messages::no_notice_to_withdraw, "Resident Registry Act 24");
  if (resident.residency == Residency::abroad)
    return pki::refused(messages::left_japan_already, "Resident Registry Act 22");
  resident.departure.reset();
  resident.residency = Residency::resident;
  return std::move(resident);
}

pki::Result<Resident> come_back(Resident resident, pki::Date day) {
  if (resident.residency != Residency::abroad)
    return pki::refused(messages::not_abroad, "Resident Registry Act 22");
  if (resident.left_japan && day < *resident.left_japan)
    return pki::invalid("date", {messages::return_before_departure, pki::to_string(*resident.left_japan)});
  // A later day would prolong the fourteen days of My Number Order 14(vii).
  if (resident.returned_on && day >= *resident.returned_on)
    return pki::refused({messages::returned_already, pki::to_string(*resident.returned_on)},
                        "My Number Order 14(vii)", "date");
  resident.returned_on = day;
  return resident;
}

// The clocks stand still rather than stop: if the removal was a mistake, its correction sets them going
// again.
Resident remove(Resident resident, pki::Date day) {
  resident.removed_from = resident.residency;
  resident.residency = Residency::removed;
  resident.removed_on = day;
  return resident;
}

}  // namespace

Resident move_in(Resident resident, pki::Date today) {
  const bool from_abroad = resident.residency == Residency::abroad;
  resident.residency = Residency::resident;
  resident.left_japan.reset();
  resident.departure.reset();
  resident.returned_on.reset();
  resident.move_in.reset();
  if (!resident.card_lapsed_on)
    resident.move_in = {.origin = from_abroad ? MoveIn::Origin::abroad : MoveIn::Origin::municipality,
                        .recorded_on = today};
  return resident;
}

Resident without_removal(Resident resident) {
  const Residency of_older_record = resident.left_japan ? Residency::abroad : Residency::resident;
  resident.residency = resident.removed_from.value_or(of_older_record);
  resident.removed_from.reset();
  resident.removed_on.reset();
  return resident;
}

Resident without_card(Resident resident, pki::Date day) {
  if (!resident.card_lapsed_on) resident.card_lapsed_on = day;
  resident.move_in.reset();
  resident.returned_on.reset();
  resident.card_outlived_on.reset();
  return resident;
}

pki::Result<Resident> apply_move(Resident resident, const MoveOut& notice, const EventDays&) {
  return give_notice(std::move(resident), {.destination = Departure::Destination::municipality,
                                           .planned = notice.planned,
                                           .card = Departure::Card::kept,
                                           .certificates = {}});
}

pki::Result<Resident> apply_move(Resident resident, const OverseasExit& notice, const EventDays&) {
  // A notice with another day says nothing else about the card than the one before unless it says so.
  const bool is_amended =
      resident.departure && resident.departure->destination == Departure::Destination::abroad;
  const Departure::Card card = is_amended ? resident.departure->card : Departure::Card::kept;
  return give_notice(std::move(resident), {.destination = Departure::Destination::abroad,
                                           .planned = notice.planned,
                                           .card = notice.card_handed_in.value_or(card),
                                           .certificates = {}});
}

pki::Result<Resident> apply_move(Resident resident, const MoveOutCancel&, const EventDays&) {
  return withdraw_notice(std::move(resident));
}

pki::Result<Resident> apply_move(Resident resident, const OverseasReturn&, const EventDays& days) {
  return come_back(std::move(resident), days.occurred_on);
}

pki::Result<Resident> apply_move(Resident resident, const OverseasRecordDeletion&, const EventDays& days) {
  if (resident.residency != Residency::abroad)
    return pki::refused(messages::not_abroad_but_deleted, "Act 12(1)(iii), 31(1)(iii)");
  return remove(std::move(resident), days.occurred_on);
}

pki::Result<Resident> apply_move(Resident resident, const Death&, const EventDays& days) {
  return remove(std::move(resident), days.occurred_on);
}

pki::Result<Resident> apply_move(Resident resident, const Deletion&, const EventDays& days) {
  if (resident.residency == Residency::abroad && days.today >= kAbroad)
    return pki::refused(messages::abroad_but_deleted, "Act 12(1)(iii), 31(1)(iii)");
  return remove(std::move(resident), days.occurred_on);
}

pki::Result<Resident> apply_move(Resident resident, const CardIssue& issue, const EventDays& days) {
  if (issue.card_expires < days.today) return pki::invalid("card_expires", messages::card_expiry_past);
  resident.card_expires = issue.card_expires;
  resident.card_lapsed_on.reset();
  resident.move_in.reset();
  return resident;
}

pki::Result<Resident> apply_move(Resident resident, const CardPresent&, const EventDays&) {
  resident.move_in.reset();
  return resident;
}

bool is_one_municipality(const store::ReadTransaction& transaction, std::uint32_t a, std::uint32_t b) {
  if (a == b) return true;
  const auto one = registry::find_municipality(transaction, a);
  const auto other = registry::find_municipality(transaction, b);
  return one && other && registry::are_wards_of_one_city(*one, *other);
}

}  // namespace law
