// Sealing with the place as associated data.

#include "store/vault.h"

#include "pki/messages/store.h"
#include "store/environment.h"

namespace store {

namespace {

pki::Bytes place(const Table& table, pki::ByteView key) {
  pki::Bytes bytes = pki::to_bytes(pki::as_bytes(table.name));
  bytes.push_back(0);
  pki::append(bytes, key);
  return bytes;
}

}  // namespace

pki::Bytes Vault::seal(const Table& table, pki::ByteView key, pki::ByteView plaintext) const {
  const std::lock_guard lock(mutex_);
  return key_.seal(plaintext, place(table, key), rng_);
}

pki::Bytes Vault::open(const Table& table, pki::ByteView key, pki::ByteView sealed) const {
  auto opened = key_.open(sealed, place(table, key));
  if (!opened) throw Corruption(pki::Message{messages::sealed_record_unopened, table.name});
  return std::move(*opened);
}

}  // namespace store
