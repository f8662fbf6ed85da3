// The rows themselves, apart from what looks them up: this header is for the room alone.

#pragma once

#include <span>

#include "law/rule.h"

namespace law {

// Days on which the scheme changed; scheme_dates() says what happened on each.
inline constexpr pki::Date kFormerNames{std::chrono::year{2019}, std::chrono::November, std::chrono::day{5}};
inline constexpr pki::Date kPinless{std::chrono::year{2020}, std::chrono::May, std::chrono::day{25}};
inline constexpr pki::Date kDigitalAgency{std::chrono::year{2021}, std::chrono::September,
                                          std::chrono::day{1}};
inline constexpr pki::Date kCurrentItems{std::chrono::year{2023}, std::chrono::May, std::chrono::day{8}};
inline constexpr pki::Date kMobilePair{std::chrono::year{2023}, std::chrono::May, std::chrono::day{11}};
inline constexpr pki::Date kAbroad{std::chrono::year{2024}, std::chrono::May, std::chrono::day{27}};
inline constexpr pki::Date kFurigana{std::chrono::year{2026}, std::chrono::May, std::chrono::day{26}};
inline constexpr pki::Date kResidenceCards{std::chrono::year{2026}, std::chrono::June, std::chrono::day{14}};

[[nodiscard]] std::span<const Rule> rule_table();
[[nodiscard]] std::span<const CardClock> card_clock_table();

}  // namespace law
