// A Japanese address taken apart, as far as Ordinance 20 distinguishes its parts: area, lot, building.
//
// 東京都清瀬市模擬町１丁目２番３号模擬ハイツ１０１号室: the area runs to 丁目, the lot is ２番３号, the rest
// the building. Addresses have no grammar that all municipalities keep, so what is not understood makes a
// difference, never an equality.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace law {

struct AddressParts {
  // Up to the lot, numbers in digits: 東京都清瀬市模擬町１丁目.
  std::string area;
  // The numbers of the lot in their order, in ASCII digits: {"2", "3"}.
  std::vector<std::string> numbers;
  // The lot with its letters, without the words between the numbers: "甲100", "2-3".
  std::string lot;
  // Numbers in digits, without the spaces before it; empty without one.
  std::string building;
  // The last number of the building, in ASCII digits: that of the room, as a rule. Empty without one.
  std::string room;
};

// `address` in plain form (pki/plain_form.h).
[[nodiscard]] AddressParts parts_of(std::string_view address);

// The address with every number of a lot or of an area (一丁目, 百二十番地) in full-width digits: two
// writings of the same numbers become equal.
[[nodiscard]] std::string with_digits(std::string_view address);

}  // namespace law
