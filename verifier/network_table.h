// Which verifier a network belongs to: the longest prefix that holds an address.
//
// One table of networks for each length that is in use, the longest first, so that a look-up costs one hash
// for each length (at most 129), however many verifiers there are. It allocates nothing: every OCSP request
// passes here.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

#include "pki/network.h"
#include "verifier/verifiers.h"

namespace verifier {

class NetworkTable final {
 public:
  // Of the same network twice the first counts.
  void add(const pki::Network& network, std::uint64_t verifier);
  // The verifier of the longest prefix that holds the address.
  [[nodiscard]] std::optional<std::uint64_t> find(const std::array<std::uint8_t, 16>& address) const;

 private:
  using Address = std::array<std::uint8_t, 16>;
  struct AddressHash {
    std::size_t operator()(const Address& address) const;
  };

  std::map<std::uint8_t, std::unordered_map<Address, std::uint64_t, AddressHash>, std::greater<>> by_length_;
};

}  // namespace verifier
