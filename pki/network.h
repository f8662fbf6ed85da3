// IP networks in CIDR notation (RFC 4632, RFC 4291): IPv4 as v4-mapped IPv6, so that there is one kind.
//
// An IPv6 prefix never holds an IPv4 address: a listener on [::] sees IPv4 clients as v4-mapped ones, and
// ::/0 would let them all in.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "pki/result.h"

namespace pki {

// The first `bits` bits of an address, the others zero.
[[nodiscard]] std::array<std::uint8_t, 16> masked(std::array<std::uint8_t, 16> address, unsigned bits);

// An IPv6 prefix; IPv4 networks are v4-mapped (::ffff:0:0/96).
struct Network {
  std::array<std::uint8_t, 16> address{};
  std::uint8_t prefix_length = 128;

  [[nodiscard]] bool is_v4() const;
  // False for an IPv4 address (a v4-mapped one) unless this is an IPv4 network.
  [[nodiscard]] bool contains(const std::array<std::uint8_t, 16>& other) const;
  friend auto operator<=>(const Network&, const Network&) = default;
};

// "192.0.2.0/24", "2001:db8::/32"; a plain address is a network of one. Host bits must be zero.
[[nodiscard]] Result<Network> parse_network(std::string_view text);
[[nodiscard]] std::string to_string(const Network& network);
// Whether an address is IPv4: ::ffff:a.b.c.d.
[[nodiscard]] bool is_v4_mapped(const std::array<std::uint8_t, 16>& address);
// The length of ::ffff:0:0/96, in which IPv4 addresses lie.
inline constexpr std::uint8_t kV4MappedBits = 96;

}  // namespace pki
