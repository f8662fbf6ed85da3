// Whose share a client uses up: limits and queues are shared out by source address.
//
// An IPv6 client owns a /64 at least and may use any address of it (RFC 6177), so the /64 is what counts;
// IPv4 addresses count one by one.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace http {

struct AddressShare {
  std::array<std::uint8_t, 16> prefix{};

  friend auto operator<=>(const AddressShare&, const AddressShare&) = default;
};

// `address` as in Peer: IPv4 as ::ffff:a.b.c.d.
[[nodiscard]] constexpr AddressShare share_of(const std::array<std::uint8_t, 16>& address) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  AddressShare share{address};
  if (!std::equal(kMapped.begin(), kMapped.end(), address.begin()))
    std::fill(share.prefix.begin() + 8, share.prefix.end(), std::uint8_t{0});
  return share;
}

struct AddressShareHash {
  std::size_t operator()(const AddressShare& share) const {
    // FNV-1a, 64 bits: an asker who chooses addresses for collisions gains a slow look-up of its own.
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const std::uint8_t byte : share.prefix)
      hash = (hash ^ byte) * 0x100000001B3U;
    return static_cast<std::size_t>(hash);
  }
};

}  // namespace http
