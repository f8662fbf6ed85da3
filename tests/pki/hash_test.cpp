// Digests: the printed vectors, and that no message leaves anything behind for the next one.

#include <doctest/doctest.h>

#include <array>
#include <future>
#include <string>
#include <vector>

#include "pki/hash.h"

using namespace pki;

namespace {

// FIPS 180-4, the message "abc".
struct Vector {
  HashAlgorithm algorithm;
  const char* digest;
};
constexpr std::array kVectors = {
    Vector{HashAlgorithm::sha1, "A9993E364706816ABA3E25717850C26C9CD0D89D"},
    Vector{HashAlgorithm::sha256, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"},
    Vector{
        HashAlgorithm::sha384,
        "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED1631A8B605A43FF5BED8086072BA1E7CC2358BAECA134C825A7"},
    Vector{HashAlgorithm::sha512,
           "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A2192992A274FC1A836BA3C23A3FEEBBD"
           "454D4423643CE80E2A9AC94FA54CA49F"}};

}  // namespace

TEST_CASE("digests are those that FIPS 180-4 prints") {
  for (const Vector& vector : kVectors) {
    CAPTURE(std::string(to_string(vector.algorithm)));
    CHECK(to_hex(digest(vector.algorithm, as_bytes("abc"))) == vector.digest);
    CHECK(digest(vector.algorithm, as_bytes("abc")).size() == digest_size(vector.algorithm));
  }
}

TEST_CASE("streams and whole messages do not meet, and a stream starts over") {
  for (const Vector& vector : kVectors) {
    CAPTURE(std::string(to_string(vector.algorithm)));
    Hash one(vector.algorithm), other(vector.algorithm);
    one.update(as_bytes("a"));
    other.update(as_bytes("xyz"));
    CHECK(to_hex(digest(vector.algorithm, as_bytes("abc"))) == vector.digest);
    Hash begun_later(vector.algorithm);
    begun_later.update(as_bytes("abc"));
    one.update(as_bytes("bc"));
    CHECK(to_hex(one.finish()) == vector.digest);
    CHECK(to_hex(begun_later.finish()) == vector.digest);
    one.update(as_bytes("abc"));
    CHECK(to_hex(one.finish()) == vector.digest);
  }
}

TEST_CASE("many threads digest at once") {
  std::vector<std::future<bool>> threads;
  for (int i = 0; i < 8; ++i)
    threads.push_back(std::async(std::launch::async, [] {
      for (int round = 0; round < 100; ++round)
        for (const Vector& vector : kVectors)
          if (to_hex(digest(vector.algorithm, as_bytes("abc"))) != vector.digest) return false;
      return true;
    }));
  for (auto& thread : threads)
    CHECK(thread.get());
}
