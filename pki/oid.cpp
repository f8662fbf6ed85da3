// The dotted form of an object identifier.

#include "pki/oid.h"

#include <algorithm>

namespace pki {

namespace {

// A number of any size, in decimal.
class Decimal final {
 public:
  void times_128_plus(unsigned summand) {
    unsigned carry = summand;
    for (char& digit : digits_) {
      const unsigned value = static_cast<unsigned>(digit - '0') * 128 + carry;
      digit = static_cast<char>('0' + value % 10);
      carry = value / 10;
    }
    for (; carry != 0; carry /= 10)
      digits_ += static_cast<char>('0' + carry % 10);
  }
  // REQUIRES: the number is not less than `amount`, which has at most two digits.
  void subtract(unsigned amount) {
    unsigned borrow = 0;
    for (char& digit : digits_) {
      unsigned value = static_cast<unsigned>(digit - '0') + 10 - borrow - amount % 10;
      amount /= 10;
      borrow = value < 10 ? 1 : 0;
      value %= 10;
      digit = static_cast<char>('0' + value);
    }
    while (!digits_.empty() && digits_.back() == '0')
      digits_.pop_back();
  }
  // 100 when the number needs more than two digits.
  [[nodiscard]] unsigned small() const {
    if (digits_.size() > 2) return 100;
    unsigned value = 0;
    for (std::size_t i = digits_.size(); i > 0; --i)
      value = value * 10 + static_cast<unsigned>(digits_[i - 1] - '0');
    return value;
  }
  [[nodiscard]] std::string text() const {
    return digits_.empty() ? "0" : std::string(digits_.rbegin(), digits_.rend());
  }

 private:
  // The least significant first, without leading zeros.
  std::string digits_;
};

}  // namespace

std::string to_string(const Oid& oid) {
  std::string text;
  Decimal arc;
  for (const std::uint8_t byte : oid.content()) {
    arc.times_128_plus(byte & 0x7FU);
    if ((byte & 0x80U) != 0) continue;
    if (text.empty()) {
      const unsigned first = std::min(arc.small() / 40, 2U);
      if (first > 0) arc.subtract(first * 40);
      text = std::to_string(first) + ".";
    } else {
      text += ".";
    }
    text += arc.text();
    arc = {};
  }
  return text;
}

}  // namespace pki
