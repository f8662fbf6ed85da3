// Two steps, and which failures of the first leave a service of use.

#include "service/vault_opening.h"

#include "ca/key_folder.h"
#include "pki/messages/keys.h"
#include "pki/secret_memory.h"
#include "registry/data_keys.h"

namespace service {

pki::Result<std::unique_ptr<store::Vault>> open_vault(const ca::KeyFolder& keys,
                                                      const store::ReadTransaction& transaction) {
  TRY_ASSIGN(pki::Bytes sealing_key, keys.load_sealing_key());
  auto vault = registry::open_vault(transaction, sealing_key);
  pki::wipe(sealing_key);
  return vault;
}

pki::Result<std::unique_ptr<store::Vault>> open_vault(const DataFolder& data,
                                                      const store::ReadTransaction& transaction) {
  return open_vault(data.key_folder(), transaction);
}

pki::Result<std::unique_ptr<store::Vault>> open_vault_or_lock(const DataFolder& data,
                                                              const store::ReadTransaction& transaction) {
  auto vault = open_vault(data, transaction);
  if (vault.has_value()) return vault;
  const pki::Error& error = vault.error();
  if (error.code != pki::Errc::not_found && error.code != pki::Errc::too_busy) return vault;
  return std::make_unique<store::Vault>(pki::Message(pki::messages::vault_locked, error.message));
}

}  // namespace service
