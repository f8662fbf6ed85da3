// How a member of an event's struct is bound to the field that fills it.
//
// The struct of each event has fields(), a tuple of its members in the order of EventField, which is the
// order of the stored items; retired ones come last.

#pragma once

#include <tuple>

#include "law/rule.h"

namespace law {

using registry::EventField;

// What an empty text in a field says.
enum class EmptyText {
  invalid,
  removes,  // The item is removed from the register: a former surname, an alias.
};

// Whether new reports may have a field.
enum class FieldUse {
  current,
  // Read so that a report which an earlier version recorded is recognised when it is repeated; refused in a
  // new report.
  retired,
};

// A member of an event's struct, and the field that fills it.
template <typename Details, typename Value>
struct BoundField {
  EventField field;
  Value Details::* member;
  EmptyText empty = EmptyText::invalid;
  FieldUse use = FieldUse::current;
};

// An event that says nothing besides its date.
template <Event event>
struct PlainEvent {
  static constexpr Event kEvent = event;
  static constexpr auto fields() { return std::tuple{}; }
  friend bool operator==(const PlainEvent&, const PlainEvent&) = default;
};

}  // namespace law
