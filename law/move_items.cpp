// One function an event.

#include "law/move_items.h"

#include "law/rule_table.h"
#include "registry/municipalities.h"

namespace law {

namespace {

using registry::Departure;
using registry::MoveIn;
using registry::Residency;
using registry::Resident;

pki::Error refused(std::string detail, const char* article) {
  return {pki::Errc::refused_by_law, std::move(detail), {}, article};
}

pki::Result<Resident> give_notice(Resident resident, const EventRequest& request,
                                  Departure::Destination destination) {
  if (!request.planned)
    return pki::invalid("planned", std::string(to_string(request.event)) +
                                       " needs planned: the planned day of leaving on the notice");
  if (resident.residency != Residency::resident)
    return refused(
        "the resident has no record that could be left: state " + std::string(to_string(resident.residency)),
        "Resident Registry Act 24");
  resident.departure = {.destination = destination,
                        .planned = *request.planned,
                        .card = request.card.value_or(Departure::Card::kept),
                        .certificates = {}};
  return resident;
}

// By reference: of a value, GCC 14 reports that the departure just removed may be used uninitialised.
pki::Result<Resident> withdraw_notice(Resident&& resident) {
  if (!resident.departure)
    return refused("there is no notice of leaving that could be withdrawn", "Resident Registry Act 24");
  if (resident.residency == Residency::abroad)
    return refused("the resident has left Japan already: record overseas-return, then address-change",
                   "Resident Registry Act 22");
  resident.departure.reset();
  resident.residency = Residency::resident;
  return std::move(resident);
}

pki::Result<Resident> come_back(Resident resident, pki::Date day) {
  if (resident.residency != Residency::abroad)
    return refused("the resident is not abroad", "Resident Registry Act 22");
  if (resident.left_japan && day < *resident.left_japan)
    return pki::invalid("date",
                        "nobody comes back before leaving on " + pki::to_string(*resident.left_japan));
  resident.returned_on = day;
  return resident;
}

Resident remove(Resident resident, pki::Date day) {
  resident.residency = Residency::removed;
  resident.removed_on = day;
  resident.departure.reset();
  resident.move_in.reset();
  resident.returned_on.reset();
  resident.card_outlived_on.reset();
  return resident;
}

pki::Result<Resident> receive_card(Resident resident, const EventRequest& request, pki::Date today) {
  if (!request.card_expires)
    return pki::invalid("card_expires", "card-issue needs card_expires: the last day of the new card");
  if (*request.card_expires < today)
    return pki::invalid("card_expires", "a card that is over cannot be issued: give its last day");
  resident.card_expires = request.card_expires;
  resident.card_lapsed_on.reset();
  resident.move_in.reset();
  return resident;
}

// "Sapporo-shi" of "Sapporo-shi-Chuo-ku".
std::string_view city_of(const registry::Municipality& ward) {
  const std::string_view name = ward.name_romaji;
  return name.substr(0, name.find("-shi-"));
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

Resident without_card(Resident resident, pki::Date day) {
  if (!resident.card_lapsed_on) resident.card_lapsed_on = day;
  resident.move_in.reset();
  resident.returned_on.reset();
  resident.card_outlived_on.reset();
  return resident;
}

pki::Result<Resident> apply_move(Resident resident, const EventRequest& request, const EventDays& days) {
  switch (request.event) {
    case Event::move_out:
      return give_notice(std::move(resident), request, Departure::Destination::municipality);
    case Event::overseas_exit:
      return give_notice(std::move(resident), request, Departure::Destination::abroad);
    case Event::move_out_cancel:
      return withdraw_notice(std::move(resident));
    case Event::overseas_return:
      return come_back(std::move(resident), days.occurred_on);
    case Event::overseas_record_deletion:
      if (resident.residency != Residency::abroad)
        return refused("the resident is not abroad: record deletion", "Act 12(1)(iii), 31(1)(iii)");
      return remove(std::move(resident), days.occurred_on);
    case Event::deletion:
      if (resident.residency == Residency::abroad && days.today >= kAbroad)
        return refused("the resident is abroad and has no 住民票: record overseas-record-deletion",
                       "Act 12(1)(iii), 31(1)(iii)");
      return remove(std::move(resident), days.occurred_on);
    case Event::death:
      return remove(std::move(resident), days.occurred_on);
    case Event::card_issue:
      return receive_card(std::move(resident), request, days.today);
    case Event::card_present:
      resident.move_in.reset();
      return resident;
    default:
      return resident;
  }
}

bool is_one_municipality(const store::ReadTransaction& transaction, std::uint32_t a, std::uint32_t b) {
  if (a == b) return true;
  const auto one = registry::find_municipality(transaction, a);
  const auto other = registry::find_municipality(transaction, b);
  using enum registry::MunicipalityLevel;
  return one && other && one->level == ward && other->level == ward &&
         one->prefecture_romaji == other->prefecture_romaji && city_of(*one) == city_of(*other);
}

}  // namespace law
