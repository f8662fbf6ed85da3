// Sealing with the place as associated data.

#include "registry/vault.h"

#include "registry/environment.h"

namespace registry {

namespace {

pki::Bytes place(TableId table, pki::ByteView key) {
  const std::string_view name = kTableNames[static_cast<std::size_t>(table)];
  pki::Bytes octets = pki::to_bytes(pki::as_bytes(name));
  octets.push_back(0);
  pki::append(octets, key);
  return octets;
}

}  // namespace

pki::Bytes Vault::seal(TableId table, pki::ByteView key, pki::ByteView plaintext) const {
  const std::lock_guard lock(mutex_);
  return key_.seal(plaintext, place(table, key), rng_);
}

pki::Bytes Vault::open(TableId table, pki::ByteView key, pki::ByteView sealed) const {
  auto opened = key_.open(sealed, place(table, key));
  if (!opened)
    throw Corruption("a sealed record of table " + std::string(kTableNames[static_cast<std::size_t>(table)]) +
                     " does not open: is keys/registry.key the key of this store?");
  return std::move(*opened);
}

}  // namespace registry
