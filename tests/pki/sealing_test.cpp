// Sealed values: they open at their own place with their own key, unaltered, and nowhere else. And the
// randomness that goes into them.

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <set>
#include <vector>

#include "pki/random.h"
#include "pki/sealing.h"

using namespace pki;

namespace {

const Bytes kKey(32, 0x42);
const Bytes kPlace = to_bytes(as_bytes("residents/1"));

}  // namespace

TEST_CASE("what was sealed opens again, of any size") {
  const SealingKey key(1, kKey);
  Rng rng = Rng::seeded(1);
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 5000U}) {
    const Bytes plaintext = rng.bytes(size);
    const Bytes sealed = key.seal(plaintext, kPlace, rng);
    CHECK(sealed.size() == 1 + 24 + size + 16);
    CHECK(sealed[0] == key.id());
    CHECK(key.open(sealed, kPlace).value() == plaintext);
  }
}

TEST_CASE("a value does not open when any byte was changed, cut or added") {
  const SealingKey key(1, kKey);
  Rng rng = Rng::seeded(2);
  const Bytes sealed = key.seal(as_bytes("personal"), kPlace, rng);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    Bytes altered = sealed;
    altered[at] ^= 0x01;
    CAPTURE(at);
    const auto opened = key.open(altered, kPlace);
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == Errc::malformed);
    CHECK(key.open(ByteView(sealed).first(at), kPlace).has_error());
  }
  Bytes longer = sealed;
  longer.push_back(0);
  CHECK(key.open(longer, kPlace).has_error());
  CHECK(key.open({}, kPlace).has_error());
}

TEST_CASE("values cannot be swapped between places") {
  const SealingKey key(1, kKey);
  Rng rng = Rng::seeded(3);
  const Bytes first = key.seal(as_bytes("first"), as_bytes("residents/1"), rng);
  CHECK(key.open(first, as_bytes("residents/2")).has_error());
  CHECK(key.open(first, {}).has_error());
  CHECK(key.open(first, as_bytes("residents/1")).has_value());
}

TEST_CASE("another key, or the same bytes under another id, opens nothing") {
  Rng rng = Rng::seeded(4);
  const Bytes sealed = SealingKey(1, kKey).seal(as_bytes("personal"), kPlace, rng);
  CHECK(SealingKey(1, Bytes(32, 0x43)).open(sealed, kPlace).has_error());
  CHECK(SealingKey(2, kKey).open(sealed, kPlace).has_error());
}

TEST_CASE("the same text is sealed differently each time and never stands in the result") {
  const SealingKey key(1, kKey);
  Rng rng = Rng::system();
  std::set<Bytes> seen;
  for (int i = 0; i < 100; ++i) {
    const Bytes sealed = key.seal(as_bytes("a long personal item"), kPlace, rng);
    CHECK(as_text(sealed).find("personal") == std::string_view::npos);
    seen.insert(sealed);
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("a key must have 32 bytes") {
  CHECK_THROWS_AS(SealingKey(1, Bytes(16, 1)), std::invalid_argument);
  CHECK_THROWS_AS(SealingKey(1, {}), std::invalid_argument);
}

TEST_CASE("the same seed makes the same bytes, another seed others") {
  CHECK(Rng::seeded(1).bytes(100) == Rng::seeded(1).bytes(100));
  CHECK(Rng::seeded(1).bytes(100) != Rng::seeded(2).bytes(100));
  CHECK(Rng::seeded(0).bytes(100) != Rng::system().bytes(100));
}

TEST_CASE("a derived source depends on seed, purpose and object, not on what was drawn before") {
  Rng used = Rng::seeded(1);
  (void)used.bytes(1000);
  CHECK(used.derive("nonce", "a").bytes(32) == Rng::seeded(1).derive("nonce", "a").bytes(32));
  std::set<Bytes> streams;
  for (const auto& [purpose, object] :
       {std::pair{"nonce", "a"}, {"nonce", "b"}, {"key", "a"}, {"noncea", ""}, {"", "noncea"}})
    streams.insert(Rng::seeded(1).derive(purpose, object).bytes(32));
  streams.insert(Rng::seeded(2).derive("nonce", "a").bytes(32));
  streams.insert(Rng::seeded(1).bytes(32));
  CHECK(streams.size() == 7);
  CHECK(Rng::seeded(1).derive("a", "b").derive("c", "d").bytes(8) ==
        Rng::seeded(1).derive("a", "b").derive("c", "d").bytes(8));
  CHECK(Rng::system().derive("nonce", "a").bytes(32) != Rng::system().derive("nonce", "a").bytes(32));
}

TEST_CASE("drawn numbers stay below the bound and reach every value") {
  Rng rng = Rng::seeded(5);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t drawn = rng.below(10);
    REQUIRE(drawn < 10);
    seen.insert(drawn);
  }
  CHECK(seen.size() == 10);
  CHECK(rng.below(1) == 0);
  CHECK(rng.below(UINT64_MAX) < UINT64_MAX);
}

TEST_CASE("a seeded source makes the same keys") {
  Rng first = Rng::seeded(9), second = Rng::seeded(9);
  CHECK(first.bytes(48) == second.bytes(48));
  CHECK(Rng::seeded(9).bytes(0).empty());
}

TEST_CASE("one key serves many threads at once, also between values that do not open") {
  const SealingKey key(1, kKey);
  const auto work = [&key](std::uint64_t seed) {
    Rng rng = Rng::seeded(seed);
    for (int round = 0; round < 100; ++round) {
      const Bytes plaintext = rng.bytes(rng.below(300));
      const Bytes place = rng.bytes(16);
      Bytes sealed = key.seal(plaintext, place, rng);
      if (key.open(sealed, place).value() != plaintext) return false;
      sealed.back() ^= 1;
      if (key.open(sealed, place).has_value()) return false;
    }
    return true;
  };
  std::vector<std::future<bool>> threads;
  for (std::uint64_t seed = 0; seed < 8; ++seed)
    threads.push_back(std::async(std::launch::async, work, seed));
  for (auto& thread : threads)
    CHECK(thread.get());
}

TEST_CASE("copies of a key open what the other sealed, also when the first is gone") {
  auto first = std::make_unique<SealingKey>(1, kKey);
  const SealingKey second = *first;
  Rng rng = Rng::seeded(9);
  const Bytes sealed = first->seal(as_bytes("personal"), kPlace, rng);
  first.reset();
  CHECK(as_text(second.open(sealed, kPlace).value()) == "personal");
}
