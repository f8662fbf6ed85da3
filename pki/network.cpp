// CIDR notation, read and written.

#include "pki/network.h"

#include <arpa/inet.h>

#include <algorithm>

#include "pki/messages/pki.h"
#include "pki/number.h"

namespace pki {

bool is_v4_mapped(const std::array<std::uint8_t, 16>& address) {
  constexpr std::array<std::uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.begin());
}

std::array<std::uint8_t, 16> masked(std::array<std::uint8_t, 16> address, unsigned bits) {
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned kept = bits > 8 * i ? std::min(8U, bits - 8 * i) : 0;
    address[i] = static_cast<std::uint8_t>(address[i] & (0xFF00U >> kept));
  }
  return address;
}

bool Network::is_v4() const {
  return is_v4_mapped(address) && prefix_length >= kV4MappedBits;
}

bool Network::contains(const std::array<std::uint8_t, 16>& other) const {
  return masked(other, prefix_length) == address && (is_v4() || !is_v4_mapped(other));
}

Result<Network> parse_network(std::string_view text) {
  const Error wrong = invalid("network", messages::network_form);
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network network;
  unsigned offset = 0;
  if (in_addr v4{}; inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    network.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4), 4, network.address.begin() + 12);
    offset = kV4MappedBits;
  } else if (in6_addr v6{}; inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    std::copy_n(v6.s6_addr, 16, network.address.begin());
  } else {
    return wrong;
  }
  unsigned length = 128 - offset;
  if (slash != std::string_view::npos) {
    const auto stated = parse_number<unsigned>(text.substr(slash + 1));
    if (!stated || *stated > 128 - offset) return wrong;
    length = *stated;
  }
  network.prefix_length = static_cast<std::uint8_t>(length + offset);
  if (masked(network.address, network.prefix_length) != network.address)
    return invalid("network", {messages::network_host_bits, text});
  return network;
}

std::string to_string(const Network& network) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool v4 = network.is_v4();
  const void* const bytes = v4 ? network.address.data() + 12 : network.address.data();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes, buffer.data(), buffer.size());
  return std::string(buffer.data()) + "/" + std::to_string(network.prefix_length - (v4 ? kV4MappedBits : 0));
}

}  // namespace pki
