// One value in `meta`.

#include "registry/sealing_check.h"

#include <array>

#include "pki/messages/registry.h"
#include "registry/schema.h"

namespace registry {

namespace {

constexpr std::string_view kKey = "sealed_constant";
constexpr std::string_view kConstant = "jpki";
// Of each table that is tried.
constexpr int kRecords = 8;

bool opens(const store::Vault& vault, const store::Table& table, pki::ByteView key, pki::ByteView sealed) {
  try {
    static_cast<void>(vault.open(table, key, sealed));
    return true;
  } catch (const store::Corruption&) {
    return false;
  }
}

pki::Error wrong_key() {
  return pki::fail(pki::Errc::conflict, messages::registry_key_foreign);
}

}  // namespace

void put_sealed_constant(store::WriteTransaction& transaction, const store::Vault& vault) {
  const pki::ByteView key = pki::as_bytes(kKey);
  transaction.put(store::tables::meta, key, vault.seal(store::tables::meta, key, pki::as_bytes(kConstant)));
}

bool has_sealed_constant(const store::ReadTransaction& transaction) {
  return transaction.get(store::tables::meta, pki::as_bytes(kKey)).has_value();
}

pki::Result<void> check_sealing_key(const store::ReadTransaction& transaction, const store::Vault& vault) {
  if (const auto sealed = transaction.get(store::tables::meta, pki::as_bytes(kKey))) {
    if (!opens(vault, store::tables::meta, pki::as_bytes(kKey), *sealed)) return wrong_key();
    return {};
  }
  bool any = false;
  for (const store::Table& table :
       {tables::residents, tables::certificates, tables::events, store::tables::idempotency}) {
    store::Cursor cursor = transaction.cursor(table);
    cursor.seek_to_first();
    for (int i = 0; cursor.valid() && i < kRecords; ++i, cursor.next()) {
      // One that is damaged must not condemn the right key.
      if (opens(vault, table, cursor.key(), cursor.value())) return {};
      any = true;
    }
  }
  if (any) return wrong_key();
  return {};
}

}  // namespace registry
