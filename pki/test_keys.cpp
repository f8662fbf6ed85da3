// Pairs of primes by number, and private numbers by hash. The numbers of an RSA key are worked out by
// OpenSSL's arithmetic, a hundred times quicker than a constructor that keeps them secret: these are
// published.

#include "pki/test_keys.h"

#include <botan/bigint.h>
#include <botan/pkcs8.h>
#include <openssl/bn.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "pki/botan_versions.h"
#include "pki/der.h"
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

struct NumberDeleter {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using BigNumber = std::unique_ptr<BIGNUM, NumberDeleter>;

// Throws unless OpenSSL had the memory that it wanted, which is all that can fail here.
template <typename Answer>
Answer made(Answer answer) {
  if (!answer) throw std::bad_alloc();
  return answer;
}

BigNumber prime(std::size_t number) {
  static const std::vector<std::string_view> lines = prime_lines();
  BIGNUM* read = nullptr;
  made(BN_hex2bn(&read, std::string(lines.at(number)).c_str()));
  return BigNumber(read);
}

constexpr BN_ULONG kExponent = 65'537;

// The inverse modulo the exponent, which is prime (Fermat).
BN_ULONG inverse_of(BN_ULONG number) {
  BN_ULONG inverse = 1;
  for (BN_ULONG left = kExponent - 2; left > 0; left /= 2, number = number * number % kExponent)
    if (left % 2 == 1) inverse = inverse * number % kExponent;
  return inverse;
}

// The inverse of the exponent modulo `order`: (1 + k·order) / e with the k that leaves nothing over.
BigNumber inverse_of_exponent(const BigNumber& order) {
  BigNumber inverse(made(BN_dup(order.get())));
  made(BN_mul_word(inverse.get(), kExponent - inverse_of(BN_mod_word(order.get(), kExponent))));
  made(BN_add_word(inverse.get(), 1));
  BN_div_word(inverse.get(), kExponent);
  return inverse;
}

BigNumber less_one(const BigNumber& number) {
  BigNumber less(made(BN_dup(number.get())));
  made(BN_sub_word(less.get(), 1));
  return less;
}

// INTEGER of a positive number: a zero in front of a highest bit that is set.
Bytes digits_of(const BigNumber& number) {
  Bytes content(static_cast<std::size_t>(BN_num_bits(number.get())) / 8 + 1);
  BN_bn2binpad(number.get(), content.data(), static_cast<int>(content.size()));
  return content;
}

struct RsaKey {
  Bytes public_key, private_key;
};

// RSAPublicKey and RSAPrivateKey (RFC 8017 appendix A.1) of two primes.
RsaKey encode_rsa_key(const BigNumber& p, const BigNumber& q) {
  const std::unique_ptr<BN_CTX, NumberDeleter> context(made(BN_CTX_new()));
  const BigNumber p_less = less_one(p), q_less = less_one(q);
  const BigNumber modulus(made(BN_new())), order(made(BN_new()));
  made(BN_mul(modulus.get(), p.get(), q.get(), context.get()));
  made(BN_mul(order.get(), p_less.get(), q_less.get(), context.get()));
  const BigNumber coefficient(made(BN_mod_inverse(nullptr, q.get(), p.get(), context.get())));
  der::Writer shared, writer;
  shared.sequence([&] { shared.integer_content(digits_of(modulus)).integer(kExponent); });
  writer.sequence([&] {
    writer.integer(0).integer_content(digits_of(modulus)).integer(kExponent);
    writer.integer_content(digits_of(inverse_of_exponent(order)));
    for (const BigNumber* number : {&p, &q})
      writer.integer_content(digits_of(*number));
    for (const BigNumber* less : {&p_less, &q_less})
      writer.integer_content(digits_of(inverse_of_exponent(*less)));
    writer.integer_content(digits_of(coefficient));
  });
  return {shared.take(), writer.take()};
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
  const RsaKey numbers = encode_rsa_key(prime(first), prime(first + 1 + pair));
  const auto algorithm = [](der::Writer& writer) {
    writer.sequence([&] { writer.oid(oids::kRsaEncryption).null(); });
  };
  // PrivateKeyInfo (RFC 5208 section 5) and SubjectPublicKeyInfo (RFC 5280 section 4.1).
  der::Writer key, shared;
  key.sequence([&] {
    key.integer(0);
    algorithm(key);
    key.octet_string(numbers.private_key);
  });
  shared.sequence([&] {
    algorithm(shared);
    shared.bit_string(numbers.public_key);
  });
  return PrivateKey::published(KeyAlgorithm::rsa_2048, key.take(), shared.take());
}

PrivateKey ecdsa_key(const char* curve, std::uint64_t seed, std::string_view purpose) {
  const Botan::EC_Group group = botan::named_group(curve);
  // Sixteen bytes more than the order has make every number equally likely.
  const Bytes bytes = bytes_of(seed, purpose, group.get_order().bytes() + 16);
  const Botan::BigInt number = Botan::BigInt(bytes.data(), bytes.size()) % (group.get_order() - 1) + 1;
  return PrivateKey::from_pem(Botan::PKCS8::PEM_encode(botan::ecdsa_private_key(group, number))).value();
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
