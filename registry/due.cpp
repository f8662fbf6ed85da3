// Keys without values.

#include "registry/due.h"

#include "registry/schema.h"

namespace registry {

namespace {

Key key_of(const DueEntry& entry) {
  return Key().time(entry.at).u8(static_cast<std::uint64_t>(entry.cause)).u64(entry.resident.value);
}

DueEntry decode(pki::ByteView key, pki::ByteView /*value*/) {
  Fields fields(key);
  DueEntry entry;
  entry.at = fields.time();
  entry.cause = static_cast<DueCause>(fields.u8());
  entry.resident = {fields.u64()};
  return entry;
}

}  // namespace

void put_due(store::WriteTransaction& transaction, const DueEntry& entry) {
  transaction.put(tables::due, key_of(entry), {});
}

void erase_due(store::WriteTransaction& transaction, const DueEntry& entry) {
  transaction.erase(tables::due, key_of(entry));
}

DueCursor due_entries(const store::ReadTransaction& transaction) {
  return {transaction.cursor(tables::due), decode};
}

}  // namespace registry
