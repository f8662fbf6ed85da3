// Keys without values.

#include "registry/due.h"

#include "registry/schema.h"

namespace registry {

namespace {

Key key_of(const DueEntry& entry) {
  return Key().time(entry.at).u8(static_cast<std::uint64_t>(entry.cause)).u64(entry.resident.value);
}

}  // namespace

void put_due(store::WriteTransaction& transaction, const DueEntry& entry) {
  transaction.put(tables::due, key_of(entry), {});
}

void erase_due(store::WriteTransaction& transaction, const DueEntry& entry) {
  transaction.erase(tables::due, key_of(entry));
}

DueEntries::DueEntries(const store::ReadTransaction& transaction)
    : cursor_(transaction.cursor(tables::due)) {}

std::optional<DueEntry> DueEntries::next() {
  const bool found = started_ ? cursor_.next() : cursor_.first();
  started_ = true;
  if (!found) return std::nullopt;
  Fields fields(cursor_.key());
  DueEntry entry;
  entry.at = fields.time();
  entry.cause = static_cast<DueCause>(fields.u8());
  entry.resident = {fields.u64()};
  return entry;
}

}  // namespace registry
