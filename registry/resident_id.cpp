// The check digit of a 住民票コード.

#include "registry/resident_id.h"

#include <array>

#include "pki/messages/registry.h"

namespace registry {

unsigned resident_check_digit(std::uint64_t ten_digits) {
  constexpr std::array<unsigned, 10> kWeights = {2, 3, 4, 5, 6, 7, 2, 3, 4, 5};
  unsigned sum = 0;
  for (const unsigned weight : kWeights) {
    sum += static_cast<unsigned>(ten_digits % 10) * weight;
    ten_digits /= 10;
  }
  const unsigned remainder = sum % 11;
  return remainder <= 1 ? 0 : 11 - remainder;
}

pki::Result<ResidentId> parse_resident_id(std::string_view text) {
  if (text.size() != 11) return pki::invalid("id", messages::resident_id_form);
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return pki::invalid("id", messages::resident_id_form);
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value % 10 != resident_check_digit(value / 10))
    return pki::invalid("id", messages::resident_id_check_digit);
  return ResidentId{value};
}

ResidentId make_resident_id(std::uint64_t ten_digits) {
  return {ten_digits * 10 + resident_check_digit(ten_digits)};
}

std::string to_string(ResidentId id) {
  const std::string digits = std::to_string(id.value);
  return std::string(digits.size() < 11 ? 11 - digits.size() : 0, '0') + digits;
}

}  // namespace registry
