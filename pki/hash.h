// Message digests.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "pki/bytes.h"
#include "pki/oid.h"

namespace Botan {
class HashFunction;
}

namespace pki {

enum class HashAlgorithm : std::uint8_t { sha1, sha256, sha384, sha512 };

// The digest of a stream.
class Hash final {
 public:
  explicit Hash(HashAlgorithm algorithm);
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;
  ~Hash();

  void update(ByteView bytes);
  // The digest of everything since construction or the last call; starts over.
  [[nodiscard]] Bytes finish();

 private:
  std::unique_ptr<Botan::HashFunction> function_;
};

[[nodiscard]] Bytes digest(HashAlgorithm algorithm, ByteView bytes);
[[nodiscard]] std::size_t digest_size(HashAlgorithm algorithm);
[[nodiscard]] std::optional<HashAlgorithm> hash_algorithm_from(const Oid& oid);
[[nodiscard]] Oid oid_of(HashAlgorithm algorithm);
// Botan's name, e.g. SHA-256.
[[nodiscard]] const char* to_string(HashAlgorithm algorithm);

}  // namespace pki
