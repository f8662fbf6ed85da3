// Numbers in JSON as people write them: 60 and 0.5, where Boost.JSON writes 6E1 and 5E-1.

#pragma once

#include <boost/json.hpp>
#include <cstdint>

namespace mock {

// `number` is not negative. A whole one below 2^53 is an integer in JSON.
[[nodiscard]] inline boost::json::value plain_number(double number) {
  constexpr double kWhole = 9'007'199'254'740'992;
  const auto whole = number < kWhole ? static_cast<std::uint64_t>(number) : 0;
  if (static_cast<double>(whole) == number) return whole;
  return number;
}

}  // namespace mock
