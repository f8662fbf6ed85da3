// One function for each clock.

#include "law/due.h"

#include <algorithm>

#include "law/rule_table.h"
#include "registry/actor.h"

namespace law {

namespace {

using registry::Departure;
using registry::DueCause;
using registry::DueEntry;
using registry::EventField;
using registry::MoveIn;
using registry::Residency;
using registry::Resident;

// "… days have passed": the first day is not counted, so the cause exists from 00:00 JST of the day after
// the last one (Civil Code 140, 141).
pki::Time after_days(pki::Date day, int days) {
  return pki::jst_start_of_day(pki::add_days(day, days + 1));
}

const CardClock& presenting_clock(const MoveIn& move_in) {
  return card_clock(move_in.origin == MoveIn::Origin::abroad ? ClockKind::not_presented_after_return
                                                             : ClockKind::not_presented);
}

std::optional<LapseCause> cause_of_not_presenting(const MoveIn& move_in) {
  return presenting_clock(move_in).cause;
}

Event event_of(const Departure& departure) {
  return departure.destination == Departure::Destination::abroad ? Event::overseas_exit : Event::move_out;
}

// Adds the event of a clock, with its consequences.
void add_event(ResidentState& state, const RevocationCause& cause, const ClockLapse& what, pki::Time now) {
  registry::EventRecord event;
  state.resident.version += 1;
  event.resident = state.resident.id;
  event.sequence = state.resident.version;
  event.event = cause.event;
  event.occurred_on = pki::jst_date(what.due);
  event.recorded_at = now;
  event.actor = registry::system_actor();
  event.items = {{EventField::clock, std::string(to_string(what.clock))},
                 {EventField::due, pki::to_rfc3339(what.due)}};
  if (what.cause) event.items.push_back({EventField::cause, std::string(to_string(*what.cause))});
  // A release is never a matter of time, so what may be released does not matter here.
  event.consequences = consequences_of(state.certificates, cause, HoldRelease::never);
  apply_to(state.certificates, event.consequences, now);
  state.events.push_back(std::move(event));
}

void apply_departure(ResidentState& state, Moment moment, const DueEntry& due, pki::Time now) {
  // A copy: the notice may be removed while its consequences are applied.
  const Departure departure = *state.resident.departure;
  add_event(state,
            {.event = event_of(departure),
             .moment = moment,
             .on = pki::jst_date(due.at),
             .kind = {},
             // The window is of those who will be in a 戸籍の附票.
             .departure = state.resident.is_foreign ? nullptr : &departure,
             .lapse_cause = {}},
            {.cause = {}, .due = due.at, .clock = due.cause}, now);
}

// A foreign resident leaves Japan: the 住民票 is deleted and no 戸籍の附票 goes on (Act 3-2, 12(1)(ii)).
void on_departure_of_foreigner(ResidentState& state, const DueEntry& due, pki::Time now) {
  const bool is_handed_in = state.resident.departure->card == Departure::Card::handed_in;
  state.resident.residency = Residency::moved_out;
  state.resident.departure.reset();
  lapse_card(state,
             {.cause = is_handed_in ? LapseCause::record_deleted : LapseCause::left_japan_with_card,
              .due = due.at,
              .clock = due.cause},
             now);
}

// The planned date: the 住民票 is deleted.
void on_departure_date(ResidentState& state, const DueEntry& due, pki::Time now) {
  apply_departure(state, Moment::planned_date, due, now);
  Resident& resident = state.resident;
  const Departure departure = *resident.departure;
  const DueCause clock = due.cause;
  // The card lapses when the holder moves again without having presented it.
  const auto move_in = resident.move_in;
  if (departure.destination == Departure::Destination::municipality) {
    resident.residency = Residency::moved_out;
    if (move_in)
      lapse_card(state, {.cause = cause_of_not_presenting(*move_in), .due = due.at, .clock = clock}, now);
    return;
  }
  if (resident.is_foreign) return on_departure_of_foreigner(state, due, now);
  resident.residency = Residency::abroad;
  resident.left_japan = departure.planned;
  resident.address.clear();
  const bool goes_on = departure.card == Departure::Card::handed_in && pki::jst_date(due.at) >= kAbroad;
  if (!goes_on) {
    lapse_card(state, {.cause = card_clock(ClockKind::left_with_card).cause, .due = due.at, .clock = clock},
               now);
  } else if (move_in) {
    lapse_card(state, {.cause = cause_of_not_presenting(*move_in), .due = due.at, .clock = clock}, now);
  }
}

// Thirty days without a move-in.
void on_thirty_days_elapsed(ResidentState& state, const DueEntry& due, pki::Time now) {
  apply_departure(state, Moment::thirty_days_after_planned_date, due, now);
  const bool in_japan = state.resident.departure->destination == Departure::Destination::municipality;
  state.resident.departure.reset();
  if (in_japan)
    lapse_card(state, {.cause = card_clock(ClockKind::no_move_in).cause, .due = due.at, .clock = due.cause},
               now);
}

void apply_clock(ResidentState& state, const DueEntry& due, pki::Time now) {
  const DueCause clock = due.cause;
  Resident& resident = state.resident;
  switch (due.cause) {
    case DueCause::planned_date:
      return on_departure_date(state, due, now);
    case DueCause::thirty_days:
      return on_thirty_days_elapsed(state, due, now);
    case DueCause::fourteen_days:
      resident.returned_on.reset();
      return lapse_card(
          state,
          {.cause = card_clock(ClockKind::no_move_in_after_return).cause, .due = due.at, .clock = clock},
          now);
    case DueCause::ninety_days: {
      const auto cause = cause_of_not_presenting(*resident.move_in);
      resident.move_in.reset();
      return lapse_card(state, {.cause = cause, .due = due.at, .clock = clock}, now);
    }
    case DueCause::card_expiry:
      resident.card_outlived_on.reset();
      return lapse_card(state, {.cause = {}, .due = due.at, .clock = clock}, now);
  }
}

}  // namespace

std::vector<DueEntry> dues_of(const Resident& resident) {
  std::vector<DueEntry> dues;
  if (resident.residency == Residency::removed) return dues;
  const auto add = [&](DueCause cause, pki::Time at) { dues.push_back({at, cause, resident.id}); };
  if (const auto& departure = resident.departure) {
    if (resident.residency == Residency::resident)
      add(DueCause::planned_date, pki::jst_start_of_day(departure->planned));
    else
      add(DueCause::thirty_days, after_days(departure->planned, card_clock(ClockKind::no_move_in).days));
  }
  if (resident.returned_on)
    add(DueCause::fourteen_days,
        after_days(*resident.returned_on, card_clock(ClockKind::no_move_in_after_return).days));
  if (resident.move_in)
    add(DueCause::ninety_days,
        after_days(resident.move_in->recorded_on, presenting_clock(*resident.move_in).days));
  if (resident.card_outlived_on) add(DueCause::card_expiry, after_days(*resident.card_outlived_on, 0));
  std::ranges::stable_sort(dues, {}, &DueEntry::at);
  return dues;
}

Moment moment_of(const registry::EventRecord& event) {
  // The lapse of a card has one moment, whichever clock brought it.
  if (event.event == Event::card_lapse) return Moment::at_once;
  const auto clock = registry::clock_of(event);
  if (clock == DueCause::planned_date) return Moment::planned_date;
  if (clock == DueCause::thirty_days) return Moment::thirty_days_after_planned_date;
  return Moment::at_once;
}

void lapse_card(ResidentState& state, const ClockLapse& lapse, pki::Time now) {
  Resident& resident = state.resident;
  resident.move_in.reset();
  resident.returned_on.reset();
  resident.card_outlived_on.reset();
  if (resident.card_lapsed_on) return;
  resident.card_lapsed_on = pki::jst_date(lapse.due);
  add_event(state,
            {.event = Event::card_lapse,
             .moment = Moment::at_once,
             .on = pki::jst_date(lapse.due),
             .kind = {},
             .departure = nullptr,
             .lapse_cause = lapse.cause},
            lapse, now);
}

void lapse_unpresented_card(ResidentState& state, const MoveIn& move_in, pki::Time due, pki::Time now) {
  lapse_card(state, {.cause = cause_of_not_presenting(move_in), .due = due, .clock = DueCause::ninety_days},
             now);
}

void apply_due_clocks(ResidentState& state, pki::Time now) {
  // Every step ends a clock, and none of them starts one that has not a later end: the loop ends.
  for (auto dues = dues_of(state.resident); !dues.empty() && dues.front().at <= now;
       dues = dues_of(state.resident))
    apply_clock(state, dues.front(), now);
}

std::vector<UpcomingEvent> upcoming_events(ResidentState state, pki::Time now) {
  std::vector<UpcomingEvent> list;
  apply_due_clocks(state, now);
  for (auto dues = dues_of(state.resident); !dues.empty(); dues = dues_of(state.resident)) {
    const pki::Time at = dues.front().at;
    state.events.clear();
    apply_due_clocks(state, at);
    for (registry::EventRecord& event : state.events)
      list.push_back({at, std::move(event)});
  }
  return list;
}

void update_dues(store::WriteTransaction& transaction, const Resident& before, const Resident& after) {
  const auto old_dues = dues_of(before), new_dues = dues_of(after);
  for (const DueEntry& due : old_dues)
    if (std::ranges::find(new_dues, due) == new_dues.end()) registry::erase_due(transaction, due);
  for (const DueEntry& due : new_dues)
    if (std::ranges::find(old_dues, due) == old_dues.end()) registry::put_due(transaction, due);
}

}  // namespace law
