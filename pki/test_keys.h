// Test keys by seed and purpose: made in a moment, the same on every machine, and different for different
// seeds. The primes behind them are published (testdata/keys/primes.txt), so the keys protect nothing.

#pragma once

#include <cstdint>
#include <string_view>

#include "pki/private_key.h"

namespace pki {

// For trials; throws ErrorException for RSA-4096, of which there are no primes.
// RSA-2048: two of the 512 primes, chosen by seed and purpose. For one purpose, seeds that differ modulo
// kTestRsaKeys give different keys. ECDSA: the private number is a hash of seed and purpose. `purpose` is
// what the key is for, e.g. its file's name.
[[nodiscard]] PrivateKey make_test_key(KeyAlgorithm algorithm, std::uint64_t seed, std::string_view purpose);

// The pairs of 512 primes.
inline constexpr std::uint64_t kTestRsaKeys = 512 * 511 / 2;

}  // namespace pki
