// Look-up by the masked address in one table after another.

#include "verifier/network_table.h"

#include <algorithm>
#include <bit>

#include "pki/bytes.h"
#include "pki/network.h"

namespace verifier {

std::size_t NetworkTable::AddressHash::operator()(const Address& address) const {
  const pki::ByteView bytes(address);
  const std::uint64_t high = pki::read_big_endian(bytes.first(8));
  const std::uint64_t low = pki::read_big_endian(bytes.last(8));
  // Networks differ in few bits, often the last: the multiplication spreads them (splitmix64).
  std::uint64_t mixed = (low ^ std::rotl(high, 32)) + 0x9E37'79B9'7F4A'7C15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D0'49BB'1331'11EBU;
  return static_cast<std::size_t>(mixed ^ (mixed >> 31U));
}

void NetworkTable::add(const pki::Network& network, std::uint64_t verifier) {
  by_length_[network.prefix_length].emplace(network.address, verifier);
}

std::optional<std::uint64_t> NetworkTable::find(const Address& address) const {
  const bool is_v4 = pki::is_v4_mapped(address);
  for (const auto& [length, networks] : by_length_) {
    // Every shorter prefix is an IPv6 network.
    if (is_v4 && length < pki::kV4MappedBits) break;
    const auto found = networks.find(pki::masked(address, length));
    if (found != networks.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace verifier
