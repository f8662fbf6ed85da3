// The keys with which records are sealed, themselves sealed by a key that lies outside of the store.
//
// `meta` holds the data keys of the store, each sealed with the *sealing key* (keys/registry.key, or wherever
// the operator keeps it). Changing the sealing key or how it is kept takes a moment; changing the data key
// (`jpki keys rotate`) means that every record is sealed again, which goes on in the background and is
// resumed after a restart. Stores of earlier versions have no such row: their records are sealed with the
// sealing key itself, as data key 1.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/random.h"
#include "pki/result.h"
#include "store/environment.h"
#include "store/vault.h"
#include "store/writer.h"

namespace registry {

struct DataKey {
  std::uint8_t id = 0;
  pki::Bytes key;
};

// The first data key of a new store.
void make_first_data_key(store::WriteTransaction& transaction, pki::ByteView sealing_key, pki::Rng& rng);
// All, the newest last. Errc::conflict when the sealing key is not this store's.
[[nodiscard]] pki::Result<std::vector<DataKey>> read_data_keys(const store::ReadTransaction& transaction,
                                                               pki::ByteView sealing_key);
[[nodiscard]] pki::Result<std::unique_ptr<store::Vault>> open_vault(const store::ReadTransaction& transaction,
                                                                    pki::ByteView sealing_key);

// How far a rotation has come.
struct RotationState {
  // The keys in the store, the newest last.
  std::vector<std::uint8_t> ids;
  // The table and key up to which records are sealed with the newest; absent when none is under way.
  std::optional<std::string> table;
  std::uint64_t resealed = 0, total = 0;
  [[nodiscard]] bool is_running() const { return table.has_value(); }
};
[[nodiscard]] RotationState rotation_state(const store::ReadTransaction& transaction);

// Adds a data key, which seals from this command's commit on, and notes that all records are to be sealed
// again. Errc::conflict while a rotation is under way, and after 255 keys.
[[nodiscard]] pki::Result<void> begin_rotation(store::WriteTransaction& transaction,
                                               pki::ByteView sealing_key, std::uint64_t total, pki::Rng& rng);
// How many sealed records there are.
[[nodiscard]] std::uint64_t count_sealed(const store::ReadTransaction& transaction);
// Seals up to `most` records again, from where the last step ended; at the end the former keys leave the
// store. Gives false when there is nothing left to do. The caller commits.
[[nodiscard]] pki::Result<bool> continue_rotation(store::WriteTransaction& transaction,
                                                  const store::Vault& vault, std::size_t most);

}  // namespace registry
