// Events that start and stop the clocks: departures, returns, cards, and the end of a resident's record.

#pragma once

#include "law/event_items.h"

namespace law {

// The resident after a move-in (転入): in the register, no departure, and the card is to be presented.
[[nodiscard]] registry::Resident move_in(registry::Resident resident, pki::Date today);
// The resident as before a removal that was a mistake, with the clocks of then: those that would have ended
// meanwhile end at once.
[[nodiscard]] registry::Resident without_removal(registry::Resident resident);
// The resident after the card lapsed on `day`; the clocks that concern a card stop.
[[nodiscard]] registry::Resident without_card(registry::Resident resident, pki::Date day);

// The resident after the event. Errc::invalid_value names the item, Errc::refused_by_law the article.
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident, const MoveOut& notice,
                                                         const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident,
                                                         const MoveOutCancel& withdrawal,
                                                         const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident,
                                                         const OverseasExit& notice, const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident,
                                                         const OverseasReturn& event, const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident,
                                                         const OverseasRecordDeletion& event,
                                                         const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident, const Death& event,
                                                         const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident, const Deletion& event,
                                                         const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident, const CardIssue& issue,
                                                         const EventDays& days);
[[nodiscard]] pki::Result<registry::Resident> apply_move(registry::Resident resident,
                                                         const CardPresent& event, const EventDays& days);

// True for one code and for two wards of one city: between them one moves within a municipality.
[[nodiscard]] bool is_one_municipality(const store::ReadTransaction& transaction, std::uint32_t a,
                                       std::uint32_t b);

}  // namespace law
