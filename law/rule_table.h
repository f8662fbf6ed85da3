// The rows themselves, apart from what looks them up: this header is for rule.cpp alone.

#pragma once

#include <span>

#include "law/rule.h"

namespace law {

// The certificates of the My Number Card began on 1 January 2016, the mobile pair on 11 May 2023; people
// abroad keep certificates since 27 May 2024; furigana are recorded since 26 May 2026.
inline constexpr pki::Date kCardScheme{std::chrono::year{2016}, std::chrono::January, std::chrono::day{1}};
inline constexpr pki::Date kFormerNames{std::chrono::year{2019}, std::chrono::November, std::chrono::day{5}};
inline constexpr pki::Date kPinless{std::chrono::year{2020}, std::chrono::May, std::chrono::day{25}};
inline constexpr pki::Date kMobilePair{std::chrono::year{2023}, std::chrono::May, std::chrono::day{11}};
inline constexpr pki::Date kAbroad{std::chrono::year{2024}, std::chrono::May, std::chrono::day{27}};
inline constexpr pki::Date kFurigana{std::chrono::year{2026}, std::chrono::May, std::chrono::day{26}};

[[nodiscard]] std::span<const Rule> rule_table();

}  // namespace law
