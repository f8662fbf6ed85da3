// Sealing of the records that name a person. The OCSP and CRL paths never hold one of these.
//
// Records are sealed with the newest data key; each says with which it was sealed, so that older ones open
// until they have been sealed again (registry/data_keys.h). A service that has no key at all answers status
// and lists all the same: its vault is locked, and whatever would read or write a sealed record ends in
// VaultLocked.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "pki/bytes.h"
#include "pki/message.h"
#include "pki/random.h"
#include "pki/sealing.h"
#include "store/table.h"

namespace store {

// There is no key to open or seal records with. The text says why and what to do.
class VaultLocked : public pki::MessageError {
 public:
  using MessageError::MessageError;
};

// Usable from any thread.
class Vault final {
 public:
  Vault(pki::SealingKey key, pki::Rng rng);
  // The last of `keys` seals; their ids differ.
  Vault(std::vector<pki::SealingKey> keys, pki::Rng rng);
  // Locked, because of `why`.
  explicit Vault(pki::Message why);

  // The value is bound to its table and key: moved elsewhere, it does not open. Both throw VaultLocked.
  [[nodiscard]] pki::Bytes seal(const Table& table, pki::ByteView key, pki::ByteView plaintext) const;
  // Throws Corruption when it does not open.
  [[nodiscard]] pki::Bytes open(const Table& table, pki::ByteView key, pki::ByteView sealed) const;

  // Why there is no key; absent when there is one.
  [[nodiscard]] const std::optional<pki::Message>& locked() const { return locked_; }
  // The number of the key that seals. Throws VaultLocked.
  [[nodiscard]] std::uint8_t newest() const;
  // From now on `key` seals, and the others still open. For all who hold this vault.
  void add(pki::SealingKey key);
  // Forgets all keys but the newest.
  void drop_old();

 private:
  using Keys = std::vector<std::shared_ptr<const pki::SealingKey>>;
  [[nodiscard]] std::shared_ptr<const Keys> keys() const;

  std::optional<pki::Message> locked_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;  // Guarded by mutex_; never empty unless locked.
  mutable pki::Rng rng_;              // Guarded by mutex_.
};

}  // namespace store
