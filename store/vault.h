// Sealing of the records that name a person. The OCSP and CRL paths never hold one of these.

#pragma once

#include <memory>
#include <mutex>

#include "pki/bytes.h"
#include "pki/random.h"
#include "pki/sealing.h"
#include "store/table.h"

namespace store {

// Usable from any thread.
class Vault final {
 public:
  Vault(pki::SealingKey key, pki::Rng rng) : key_(std::move(key)), rng_(std::move(rng)) {}

  // The value is bound to its table and key: moved elsewhere, it does not open.
  [[nodiscard]] pki::Bytes seal(const Table& table, pki::ByteView key, pki::ByteView plaintext) const;
  // Throws Corruption when it does not open.
  [[nodiscard]] pki::Bytes open(const Table& table, pki::ByteView key, pki::ByteView sealed) const;

 private:
  pki::SealingKey key_;
  mutable std::mutex mutex_;
  mutable pki::Rng rng_;  // Guarded by mutex_.
};

}  // namespace store
