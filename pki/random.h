// Randomness as an argument.
//
// A source is either the system's or derived from a seed; derive() gives one for a purpose and an object, so
// that `mock --seed` makes the same bytes whatever the order of requests.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "pki/bytes.h"

namespace Botan {
class RandomNumberGenerator;
}

namespace pki {

// Not safe for use by two threads at once; derive one for each use.
class Rng final {
 public:
  static Rng system();
  static Rng seeded(std::uint64_t seed);
  Rng(Rng&&) noexcept;
  Rng& operator=(Rng&&) noexcept;
  ~Rng();

  // Independent of everything drawn from this one, and of every other (purpose, object).
  [[nodiscard]] Rng derive(std::string_view purpose, std::string_view object) const;
  void fill(std::span<std::uint8_t> out);
  [[nodiscard]] Bytes bytes(std::size_t count);
  // Uniform in 0 .. bound - 1; bound is at least 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  [[nodiscard]] Botan::RandomNumberGenerator& botan() { return *generator_; }

 private:
  Rng(std::unique_ptr<Botan::RandomNumberGenerator> generator, Bytes seed);

  std::unique_ptr<Botan::RandomNumberGenerator> generator_;
  Bytes seed_;  // Empty for the system's.
};

}  // namespace pki
