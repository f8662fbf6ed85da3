// 住民票コード: eleven digits, the last of which is a check digit.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "pki/result.h"

namespace registry {

struct ResidentId {
  std::uint64_t value = 0;

  friend auto operator<=>(const ResidentId&, const ResidentId&) = default;
};

// Weights 2,3,4,5,6,7,2,3,4,5 from the lowest of the ten digits, modulus 11; a remainder of 0 or 1 gives 0.
[[nodiscard]] unsigned resident_check_digit(std::uint64_t ten_digits);
// Errc::invalid_value for anything but eleven digits with a right check digit.
[[nodiscard]] pki::Result<ResidentId> parse_resident_id(std::string_view text);
[[nodiscard]] ResidentId make_resident_id(std::uint64_t ten_digits);
[[nodiscard]] std::string to_string(ResidentId id);

}  // namespace registry
