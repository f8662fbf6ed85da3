// Encryption of what names a person, before it reaches the store.
//
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): its 192-bit nonces may be drawn at random for any number of
// records. The associated data binds a value to its place (table and key), so values cannot be swapped.

#pragma once

#include <cstdint>
#include <memory>

#include "pki/bytes.h"
#include "pki/random.h"
#include "pki/result.h"

namespace pki {

// Usable from any thread; copies share the key.
class SealingKey final {
 public:
  // `key` has 32 bytes; `id` is written into each value, so that keys can be changed one day.
  SealingKey(std::uint8_t id, Bytes key);

  // id(1) nonce(24) ciphertext tag(16).
  [[nodiscard]] Bytes seal(ByteView plaintext, ByteView associated_data, Rng& rng) const;
  // Errc::malformed when the value was sealed with another key, for another place, or was altered.
  [[nodiscard]] Result<Bytes> open(ByteView sealed, ByteView associated_data) const;
  [[nodiscard]] std::uint8_t id() const { return id_; }

 private:
  class Ciphers;

  std::uint8_t id_;
  std::shared_ptr<Ciphers> ciphers_;
};

}  // namespace pki
