// Whether a sealing key is the one with which the store's records are sealed.
//
// A wrong key would be noticed by nothing until a record is read, and what is written meanwhile could be
// opened by neither key. So `meta` holds a sealed constant, and it must open before anything is written.

#pragma once

#include "pki/result.h"
#include "store/environment.h"
#include "store/vault.h"

namespace registry {

void put_sealed_constant(store::WriteTransaction& transaction, const store::Vault& vault);
[[nodiscard]] bool has_sealed_constant(const store::ReadTransaction& transaction);

// Errc::conflict when the constant does not open. A store of an earlier version has none: then a few of its
// sealed records are tried, of which one must open; a store without any has no key yet.
[[nodiscard]] pki::Result<void> check_sealing_key(const store::ReadTransaction& transaction,
                                                  const store::Vault& vault);

}  // namespace registry
