// The clocks of the law: what happens to a resident by the passing of time alone.
//
// A clock is a field of the resident's record; when it ends follows from that field alone, so the index in
// registry/due can always be rebuilt. A cause found late is recorded late: by the Act (15(1), 34(1)) a
// certificate lapses when the ground is recorded.

#pragma once

#include <optional>
#include <vector>

#include "law/consequence.h"
#include "registry/due.h"

namespace law {

// The ends of the resident's clocks, the first one first. All are 00:00 JST of a day.
[[nodiscard]] std::vector<registry::DueEntry> dues_of(const registry::Resident& resident);

// A resident and the certificates that can still be revoked, as a plan proceeds.
struct ResidentState {
  registry::Resident resident;
  std::vector<Candidate> certificates;
  // Events in the order in which they are to be recorded.
  std::vector<registry::EventRecord> events;
};

// Applies every clock that has ended at `now`: adds its events and changes resident and certificates.
void apply_due_clocks(ResidentState& state, pki::Time now);

// An event that a clock will bring if nothing else happens before.
struct UpcomingEvent {
  pki::Time at;
  registry::EventRecord event;
};
// The events that the resident's clocks will bring after `now`, each with its consequences.
[[nodiscard]] std::vector<UpcomingEvent> upcoming_events(ResidentState state, pki::Time now);

// Adds the lapse of the resident's card and stops the clocks that concern a card. `due` is the moment at
// which the cause existed; `clock` names the clock that ended. Nothing for a card that lapsed before.
struct ClockLapse {
  std::optional<LapseCause> cause = {};  // Absent for the end of the card's validity.
  pki::Time due;
  registry::DueCause clock = registry::DueCause::card_expiry;
};
void lapse_card(ResidentState& state, const ClockLapse& lapse, pki::Time now);

// The same for a card that was not presented after `move_in` before its holder moved on.
void lapse_unpresented_card(ResidentState& state, const registry::MoveIn& move_in, pki::Time due,
                            pki::Time now);

// The moment of the rule table at which a recorded event did what it did: at once, or when a clock ended.
[[nodiscard]] Moment moment_of(const registry::EventRecord& event);

// Makes the index say what the resident's record says.
void update_dues(store::WriteTransaction& transaction, const registry::Resident& before,
                 const registry::Resident& after);

}  // namespace law
