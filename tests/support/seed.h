// The seed of everything random in a test.
//
// 1 unless JPKI_TEST_SEED names another, so that a plain run is the same every time; `./dev soak` draws a
// fresh one for each round.

#pragma once

#include <cstdint>
#include <cstdlib>

namespace support {

inline constexpr std::uint64_t kUsualSeed = 1;

[[nodiscard]] inline std::uint64_t seed() {
  const char* const text = std::getenv("JPKI_TEST_SEED");  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? kUsualSeed : std::strtoull(text, nullptr, 10);
}

// How often a random test repeats: JPKI_TEST_ROUNDS, or as many times as keep a plain run short.
[[nodiscard]] inline std::uint64_t rounds(std::uint64_t usual) {
  const char* const text = std::getenv("JPKI_TEST_ROUNDS");  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

}  // namespace support
