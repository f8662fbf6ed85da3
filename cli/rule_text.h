// The rule table in words: for `jpki rules`, for machines, and for docs/law.md, which is generated from it.

#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "law/rule.h"
#include "pki/message.h"

namespace cli {

// The rows in force on a day, by event and kind, without the clocks of the card; none of an event that did
// not exist yet.
[[nodiscard]] std::vector<law::Rule> rules_on(pki::Date day);

// A table for a terminal, the clocks of the card and the days on which the scheme changed.
[[nodiscard]] std::string rules_as_text(pki::Date day, pki::Language language);
// One object a row, the clocks of the card at the end: event, kind, outcome, when, whose, unless, reason,
// article, in_force_from, basis, configuration_key (null without one).
[[nodiscard]] boost::json::object rules_as_json(pki::Date day);
// Every row of every date, as the table of docs/law.md.
[[nodiscard]] std::string rules_as_markdown();

}  // namespace cli
