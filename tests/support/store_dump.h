// Everything that a store holds, as one value: two dumps are equal exactly when no table changed.

#pragma once

#include <map>
#include <string>

#include "pki/bytes.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace support {

// By table name, then by key, both values in hexadecimal.
using StoreDump = std::map<std::string, std::map<std::string, std::string>>;

[[nodiscard]] inline StoreDump dump(const store::ReadTransaction& transaction) {
  StoreDump all;
  for (std::size_t i = 0; i < registry::kTables.size(); ++i) {
    auto& table = all[std::string(registry::kTables.at(i).name)];
    store::Cursor cursor = transaction.cursor(registry::kTables.at(i));
    for (cursor.seek_to_first(); cursor.valid(); cursor.next())
      table[pki::to_hex(cursor.key())] = pki::to_hex(cursor.value());
  }
  return all;
}

}  // namespace support
