// Events and their consequences as JSON, the same in every answer.

#pragma once

#include <boost/json.hpp>

#include "registry/events.h"

namespace admin {

// Adds one object for each certificate that the event changed: certificate, kind, outcome, reason (null
// without one), article.
void append_consequences(boost::json::array& list, const registry::EventRecord& event);

// An event that a clock brings: resident, event, clock, due (RFC 3339), cause (in words, for a card lapse)
// and certificates.
[[nodiscard]] boost::json::object due_to_json(const registry::EventRecord& event);

}  // namespace admin
