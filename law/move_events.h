// The events by which a record of the register begins and ends: moves, departures, returns and removals.

#pragma once

#include <optional>
#include <tuple>

#include "law/bound_field.h"
#include "pki/time.h"
#include "registry/residents.h"

namespace law {

struct MoveOut {
  static constexpr Event kEvent = Event::move_out;
  // The one date, with that of OverseasExit, that may lie in the future.
  pki::Date planned;
  static constexpr auto fields() { return std::tuple{BoundField{EventField::planned, &MoveOut::planned}}; }
  friend bool operator==(const MoveOut&, const MoveOut&) = default;
};

struct OverseasExit {
  static constexpr Event kEvent = Event::overseas_exit;
  pki::Date planned;
  std::optional<registry::Departure::Card> card_handed_in = {};  // Absent: the holder keeps the card.
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::planned, &OverseasExit::planned},
                      BoundField{EventField::card_handed_in, &OverseasExit::card_handed_in}};
  }
  friend bool operator==(const OverseasExit&, const OverseasExit&) = default;
};

using MoveOutCancel = PlainEvent<Event::move_out_cancel>;
using Death = PlainEvent<Event::death>;
using Deletion = PlainEvent<Event::deletion>;
using OverseasReturn = PlainEvent<Event::overseas_return>;
using OverseasRecordDeletion = PlainEvent<Event::overseas_record_deletion>;

}  // namespace law
