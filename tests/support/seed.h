// The seed of everything random in a test.
//
// 1 unless JPKI_TEST_SEED names another, so that a plain run is the same every time; `./dev soak` draws a
// fresh one for each round.

#pragma once

#include <cstdint>
#include <cstdlib>

namespace support {

[[nodiscard]] inline std::uint64_t seed() {
  const char* const text = std::getenv("JPKI_TEST_SEED");  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

}  // namespace support
