// The system's generator, and ChaCha from a hashed seed for replays.

#include "pki/random.h"

#include <botan/chacha_rng.h>
#include <botan/system_rng.h>

#include <limits>
#include <utility>

#include "pki/hash.h"

namespace pki {

Rng::Rng(std::unique_ptr<Botan::RandomNumberGenerator> generator, Bytes seed)
    : generator_(std::move(generator)), seed_(std::move(seed)) {}
Rng::Rng(Rng&&) noexcept = default;
Rng& Rng::operator=(Rng&&) noexcept = default;
Rng::~Rng() = default;

Rng Rng::system() {
  return {std::make_unique<Botan::System_RNG>(), {}};
}

Rng Rng::seeded(std::uint64_t seed) {
  Bytes bytes;
  append_big_endian(bytes, seed, 8);
  bytes = digest(HashAlgorithm::sha256, bytes);
  return {std::make_unique<Botan::ChaCha_RNG>(Botan::secure_vector<std::uint8_t>(bytes.begin(), bytes.end())),
          bytes};
}

Rng Rng::derive(std::string_view purpose, std::string_view object) const {
  if (seed_.empty()) return system();
  Bytes input = seed_;
  append_big_endian(input, purpose.size(), 4);
  append(input, as_bytes(purpose));
  append(input, as_bytes(object));
  Bytes bytes = digest(HashAlgorithm::sha256, input);
  return {std::make_unique<Botan::ChaCha_RNG>(Botan::secure_vector<std::uint8_t>(bytes.begin(), bytes.end())),
          bytes};
}

void Rng::fill(std::span<std::uint8_t> out) {
  generator_->randomize(out.data(), out.size());
}

Bytes Rng::bytes(std::size_t count) {
  Bytes out(count);
  fill(out);
  return out;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  // Rejection keeps the distribution uniform.
  const std::uint64_t limit =
      std::numeric_limits<std::uint64_t>::max() - std::numeric_limits<std::uint64_t>::max() % bound;
  for (;;) {
    const std::uint64_t drawn = read_big_endian(bytes(8));
    if (drawn < limit) return drawn % bound;
  }
}

}  // namespace pki
