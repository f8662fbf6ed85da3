// Places of residence for the tests of ca and above: a few codes by name, and the table that a world is made
// of.

#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <vector>

#include "pki/time.h"
#include "registry/municipalities.h"

namespace support {

inline constexpr std::uint32_t kKiyose = 132217;
inline constexpr std::uint32_t kSetagaya = 131121;
inline constexpr std::uint32_t kSapporoChuo = 11011;  // A ward.
inline constexpr std::uint32_t kSapporo = 11002;      // A city with wards: nobody's place of residence.
inline constexpr std::uint32_t kTokyo = 130001;       // A prefecture.
inline constexpr std::uint32_t kEsashiHiyama = 13617, kEsashiSoya = 15148;  // Share their romanised name.
inline constexpr std::uint32_t kHamamatsuChuo = 221384;

inline pki::Date day(int year, unsigned month, unsigned date) {
  return pki::Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{date}};
}

// A handful make a world in a moment; all 1,892 points take seconds under sanitizers.
enum class Places { few, all };

inline std::vector<registry::Municipality> municipalities(Places places) {
  auto rows = registry::parse_municipalities(registry::builtin_municipalities_csv()).value();
  const std::set<std::uint32_t> few = {kKiyose,       kSetagaya,   kSapporoChuo,   kSapporo,
                                       kEsashiHiyama, kEsashiSoya, kHamamatsuChuo, kTokyo};
  if (places == Places::few)
    std::erase_if(rows, [&](const registry::Municipality& row) { return !few.contains(row.code); });
  return rows;
}

}  // namespace support
