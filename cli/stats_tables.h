// The answer of /v1/statistics as text for people and as CSV for spreadsheets.

#pragma once

#include <boost/json.hpp>
#include <string>

#include "cli/language.h"

namespace cli {

namespace json = boost::json;

// The ministry's tables, one after another, each with its total; every municipality alone is left to CSV and
// JSON.
[[nodiscard]] std::string stats_as_text(const json::object& statistics, Language language);
// One line for each row and kind: table,code,name,sex,age,kind,issued,valid,held,revoked,expired. The rows
// of a table end with its total.
[[nodiscard]] std::string stats_as_csv(const json::object& statistics, Language language);

}  // namespace cli
