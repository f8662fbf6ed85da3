// Which residents have a name and a date of birth: `resident_names`, an index of the residents.
//
// Records are sealed, so without it a search opens every one of them: minutes for a nation. A row's key is a
// digest of the date of birth and a name, made with a secret that lies sealed in `meta`, and the resident's
// id. Without the sealing key the store shows how many names a resident has (three where there is an alias),
// and which residents have a name and the date of birth in common, but neither. The secret outlives a
// rotation of the data key. A store of an earlier version has no rows: they are added in steps, and a search
// learns which residents are not listed yet.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/random.h"
#include "registry/residents.h"
#include "store/environment.h"
#include "store/vault.h"

namespace registry {

// A name or an address without its spaces: the register has wide ones, and who says it on the telephone none.
[[nodiscard]] std::string spoken_form(std::string_view text);
// Whether the resident is called so: by the name, the furigana or the alias.
[[nodiscard]] bool is_called(const Resident& resident, std::string_view name);

// Makes a secret of the index, in place of the one that is there. Residents on record are listed from then
// on, and rows of the secret before are removed, both in steps (continue_resident_index()).
void make_resident_index(store::WriteTransaction& transaction, const store::Vault& vault, pki::Rng& rng);
// False also when it does not open. Throws store::VaultLocked, as do the others.
[[nodiscard]] bool has_resident_index(const store::ReadTransaction& transaction, const store::Vault& vault);
// Whether residents wait to be listed, or rows to be looked at; false without an index.
[[nodiscard]] bool is_resident_index_unfinished(const store::ReadTransaction& transaction,
                                                const store::Vault& vault);
// Lists up to `most` residents more; when all are, looks at so many rows and removes those of an
// earlier secret. False when nothing is left to do, or there is no index. The caller commits.
[[nodiscard]] bool continue_resident_index(store::WriteTransaction& transaction, const store::Vault& vault,
                                           std::size_t most);
// Seals the secret with the vault's newest key. One that does not open stays as it is.
void seal_resident_index_again(store::WriteTransaction& transaction, const store::Vault& vault);

// Follows a change: `after` absent for one who is removed. Nothing happens without an index that opens. A
// former record that does not open leaves rows, which find_called() sees through.
void update_resident_index(store::WriteTransaction& transaction, const store::Vault& vault, ResidentId id,
                           const std::optional<Resident>& after);

struct CalledResidents {
  // By id. Their records do say so.
  std::vector<Resident> listed;
  // The first of those who are not listed yet; absent when all are.
  std::optional<ResidentId> unlisted_from;
};
[[nodiscard]] CalledResidents find_called(const store::ReadTransaction& transaction,
                                          const store::Vault& vault, std::string_view name, pki::Date birth);

}  // namespace registry
