// Times as people read them: Japan's time with its offset, in every text; JSON has UTC (RFC 3339), as the
// API.
//
// One rule at the way out (print, errors) instead of one at each of the many places where a sentence is made.

#pragma once

#include <string>
#include <string_view>

namespace cli {

// The text with every moment in UTC, 2026-11-23T05:00:00Z, written as 2026-11-23T14:00:00+09:00. The end of
// time of RFC 5280 section 4.1.2.5, 9999-12-31T23:59:59Z, is no moment and stays.
[[nodiscard]] std::string in_local_time(std::string_view text);

}  // namespace cli
