// The longest prefix, found by look-up, against the model: a scan over every network.

#include "verifier/network_table.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "pki/network.h"
#include "tests/support/seed.h"

namespace verifier::testing {

namespace {

using Address = std::array<std::uint8_t, 16>;

struct Entry {
  pki::Network network;
  std::uint64_t verifier;
};

std::optional<std::uint64_t> by_scan(const std::vector<Entry>& entries, const Address& address) {
  const Entry* best = nullptr;
  for (const Entry& entry : entries)
    if (entry.network.contains(address) &&
        (best == nullptr || entry.network.prefix_length > best->network.prefix_length))
      best = &entry;
  return best == nullptr ? std::nullopt : std::optional(best->verifier);
}

// Few different bits, so that prefixes overlap; half of the addresses are IPv4.
Address any_address(std::mt19937_64& random) {
  Address address{};
  if (random() % 2 == 0) {
    address = pki::parse_network("192.0.2.0").value().address;
    address[13] = static_cast<std::uint8_t>(random() % 2);
    address[15] = static_cast<std::uint8_t>(random() % 8);
  } else {
    for (const std::size_t i : {0U, 7U, 15U})
      address.at(i) = static_cast<std::uint8_t>(random() % 4 << (random() % 7));
  }
  return address;
}

}  // namespace

TEST_CASE("an IPv6 network holds no IPv4 address, however wide it is") {
  const Address v4 = pki::parse_network("192.0.2.7").value().address;
  const Address v6 = pki::parse_network("2001:db8::7").value().address;
  for (const char* wide : {"::/0", "::/64", "::/80"}) {
    CAPTURE(wide);
    const pki::Network network = pki::parse_network(wide).value();
    NetworkTable table;
    table.add(network, 1);
    CHECK_FALSE(network.contains(v4));
    CHECK_FALSE(table.find(v4).has_value());
    table.add(pki::parse_network("0.0.0.0/0").value(), 2);
    CHECK(table.find(v4) == 2);
  }
  NetworkTable table;
  table.add(pki::parse_network("::/0").value(), 1);
  CHECK(table.find(v6) == 1);
  CHECK(pki::parse_network("::/0")->contains(v6));
  CHECK_FALSE(pki::parse_network("0.0.0.0/0")->contains(v6));
}

TEST_CASE("a prefix keeps its first bits") {
  const Address ones = [] {
    Address address{};
    address.fill(0xFF);
    return address;
  }();
  for (unsigned bits = 0; bits <= 128; ++bits) {
    const Address kept = pki::masked(ones, bits);
    unsigned count = 0;
    for (unsigned i = 0; i < 128; ++i) {
      const bool is_set = (kept.at(i / 8) & (0x80U >> (i % 8))) != 0;
      CHECK(is_set == (i < bits));
      count += is_set ? 1 : 0;
    }
    CHECK(count == bits);
  }
}

TEST_CASE("an empty table knows no address, and the two networks of everything know every address") {
  NetworkTable table;
  CHECK_FALSE(table.find(Address{}).has_value());
  table.add(pki::parse_network("::/0").value(), 7);
  CHECK(table.find(Address{}) == 7);
  table.add(pki::parse_network("0.0.0.0/0").value(), 9);
  CHECK(table.find(pki::parse_network("203.0.113.9").value().address) == 9);
  // Of the same network twice the first counts.
  table.add(pki::parse_network("::/0").value(), 8);
  CHECK(table.find(Address{}) == 7);
}

TEST_CASE("the table and the scan name the same verifier") {
  std::mt19937_64 random(support::seed());
  for (int round = 0; round < 300; ++round) {
    NetworkTable table;
    std::vector<Entry> entries;
    const std::size_t count = random() % 40;
    for (std::size_t i = 0; i < count; ++i) {
      pki::Network network;
      network.prefix_length = static_cast<std::uint8_t>(random() % 4 == 0 ? 128 : random() % 129);
      network.address = pki::masked(any_address(random), network.prefix_length);
      entries.push_back({network, i + 1});
      table.add(network, i + 1);
    }
    for (int question = 0; question < 50; ++question) {
      // Often an address that a network was made of, so that long prefixes are met, too.
      Address address = any_address(random);
      if (!entries.empty() && random() % 2 == 0) address = entries[random() % entries.size()].network.address;
      CHECK(table.find(address) == by_scan(entries, address));
    }
  }
}

}  // namespace verifier::testing
