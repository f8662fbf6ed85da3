// The vault of a data folder: its sealing key, wherever that lies, and the data keys in the store.

#pragma once

#include <memory>

#include "pki/result.h"
#include "service/data_folder.h"
#include "store/environment.h"
#include "store/vault.h"

namespace service {

// Errc::not_found and Errc::too_busy when the sealing key is missing or its token away, Errc::invalid_value
// for a wrong passphrase or PIN, Errc::conflict when it is another store's.
[[nodiscard]] pki::Result<std::unique_ptr<store::Vault>> open_vault(
    const ca::KeyFolder& keys, const store::ReadTransaction& transaction);
[[nodiscard]] pki::Result<std::unique_ptr<store::Vault>> open_vault(
    const DataFolder& data, const store::ReadTransaction& transaction);
// The same for a service: one whose sealing key is missing answers status all the same, with a locked vault.
[[nodiscard]] pki::Result<std::unique_ptr<store::Vault>> open_vault_or_lock(
    const DataFolder& data, const store::ReadTransaction& transaction);

}  // namespace service
