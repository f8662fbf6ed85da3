// Pairs of primes by number, and private numbers by hash.

#include "pki/test_keys.h"

#include <botan/bigint.h>
#include <botan/ecdsa.h>
#include <botan/pkcs8.h>
#include <botan/rsa.h>

#include <stdexcept>
#include <vector>

#include "pki/botan_versions.h"
#include "pki/hash.h"
#include "pki/messages/pki.h"
#include "test_primes.embedded.h"

namespace pki {

namespace {

constexpr std::size_t kPrimes = 512;

// One prime a line in hexadecimal; lines that begin with # are words.
std::vector<std::string_view> prime_lines() {
  std::vector<std::string_view> lines;
  lines.reserve(kPrimes);
  std::string_view text = embedded::test_primes;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  if (lines.size() != kPrimes) throw std::logic_error("testdata/keys/primes.txt must hold 512 primes");
  return lines;
}

Botan::BigInt prime(std::size_t number) {
  static const std::vector<std::string_view> lines = prime_lines();
  return Botan::BigInt("0x" + std::string(lines.at(number)));
}

// `count` bytes that depend on both arguments alone.
Bytes bytes_of(std::uint64_t seed, std::string_view purpose, std::size_t count) {
  Bytes all;
  for (std::uint64_t block = 0; all.size() < count; ++block) {
    Bytes input = to_bytes(as_bytes("jpki test key"));
    append_big_endian(input, seed, 8);
    append_big_endian(input, block, 8);
    append(input, as_bytes(purpose));
    append(all, digest(HashAlgorithm::sha256, input));
  }
  all.resize(count);
  return all;
}

// The purpose decides where the seeds begin, so that a CA and its responder differ; the seed goes on from
// there, so that seeds differ.
PrivateKey rsa_key(std::uint64_t seed, std::string_view purpose) {
  std::uint64_t pair = (read_big_endian(bytes_of(0, purpose, 4)) + seed % kTestRsaKeys) % kTestRsaKeys;
  std::size_t first = 0;
  for (std::uint64_t row = kPrimes - 1; pair >= row; --row, ++first)
    pair -= row;
  const Botan::RSA_PrivateKey key(prime(first), prime(first + 1 + pair), 65537);
  return PrivateKey::from_pem(Botan::PKCS8::PEM_encode(key)).value();
}

PrivateKey ecdsa_key(const char* curve, std::uint64_t seed, std::string_view purpose) {
  const Botan::EC_Group group = botan::named_group(curve);
  // Sixteen bytes more than the order has make every number equally likely.
  const Bytes bytes = bytes_of(seed, purpose, group.get_order().bytes() + 16);
  const Botan::BigInt number = Botan::BigInt(bytes.data(), bytes.size()) % (group.get_order() - 1) + 1;
  Rng unused = Rng::system();
  const Botan::ECDSA_PrivateKey key(unused.botan(), group, number);
  return PrivateKey::from_pem(Botan::PKCS8::PEM_encode(key)).value();
}

}  // namespace

PrivateKey make_test_key(KeyAlgorithm algorithm, std::uint64_t seed, std::string_view purpose) {
  switch (algorithm) {
    case KeyAlgorithm::rsa_2048:
      return rsa_key(seed, purpose);
    case KeyAlgorithm::rsa_4096:
      throw ErrorException(invalid("key", messages::test_key_kind));
    case KeyAlgorithm::ecdsa_p256:
      return ecdsa_key("secp256r1", seed, purpose);
    case KeyAlgorithm::ecdsa_p384:
      break;
  }
  return ecdsa_key("secp384r1", seed, purpose);
}

}  // namespace pki
