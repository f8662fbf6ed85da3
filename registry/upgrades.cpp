// Rows as older programs wrote them, read by their layout of then.

#include "registry/upgrades.h"

#include "pki/messages/registry.h"
#include "registry/schema.h"
#include "registry/status_of_issue.h"
#include "registry/unissued.h"

namespace registry {

std::uint64_t add_status_checks(store::WriteTransaction& transaction) {
  // Version 1: 29 bytes, or 34 with the date since when others knew the key.
  constexpr std::size_t kShort = 29, kLong = 34;
  std::uint64_t count = 0;
  pki::Bytes key;
  for (;;) {
    // A cursor does not outlive a change of its table.
    pki::Bytes value;
    {
      store::Cursor cursor = transaction.cursor(tables::status);
      key.empty() ? cursor.seek_to_first() : cursor.seek(key);
      if (cursor.valid() && !key.empty()) cursor.next();
      if (!cursor.valid()) return count;
      key = pki::to_bytes(cursor.key());
      value = pki::to_bytes(cursor.value());
    }
    if (value.size() != kShort && value.size() != kLong)
      throw store::Corruption(messages::stored_status_size);
    pki::append_big_endian(value, status_check(key, value), 4);
    transaction.put(tables::status, key, value);
    ++count;
  }
}

std::uint64_t list_unissued(store::WriteTransaction& transaction) {
  return mark_all_unissued(transaction, pki::CaName::sign) +
         mark_all_unissued(transaction, pki::CaName::auth);
}

}  // namespace registry
