// The dotted form of an object identifier.

#include "pki/oid.h"

namespace pki {

std::string to_string(const Oid& oid) {
  std::string text;
  std::uint64_t arc = 0;
  for (const std::uint8_t octet : oid.content()) {
    arc = (arc << 7) | (octet & 0x7FU);
    if ((octet & 0x80U) != 0) continue;
    if (text.empty()) {
      const std::uint64_t first = arc < 80 ? arc / 40 : 2;
      text = std::to_string(first) + "." + std::to_string(arc - first * 40);
    } else {
      text += "." + std::to_string(arc);
    }
    arc = 0;
  }
  return text;
}

}  // namespace pki
