// What is recorded of an approval, in words: for `verifier show` and the report on a verifier.

#pragma once

#include <boost/json.hpp>
#include <string>

#include "cli/language.h"

namespace cli {

// A line for each entry of `approvals` with its plan and equipment below, indented; empty when there is none.
// `entry` is a class of a verifier as the admin API gives it.
[[nodiscard]] std::string approval_words(const boost::json::object& entry, Language language);

}  // namespace cli
