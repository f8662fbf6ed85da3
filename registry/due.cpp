// Keys without values; the words of the causes.

#include "registry/due.h"

#include <algorithm>
#include <array>

#include "registry/schema.h"

namespace registry {

namespace {

Key key_of(const DueEntry& entry) {
  return Key().time(entry.at).u8(static_cast<std::uint64_t>(entry.cause)).u64(entry.resident.value);
}

// In the order of the values, which begin with 1.
constexpr std::array<std::string_view, 5> kDueCauses = {"planned-date", "thirty-days", "fourteen-days",
                                                        "ninety-days", "card-expiry"};

DueEntry decode_due(pki::ByteView key, pki::ByteView /*value*/) {
  Fields fields(key);
  DueEntry entry;
  entry.at = fields.time();
  entry.cause = static_cast<DueCause>(fields.u8());
  entry.resident = {fields.u64()};
  return entry;
}

}  // namespace

std::string_view to_string(DueCause cause) {
  return kDueCauses.at(static_cast<std::size_t>(cause) - 1);
}

std::optional<DueCause> parse_due_cause(std::string_view text) {
  const auto found = std::ranges::find(kDueCauses, text);
  if (found == kDueCauses.end()) return std::nullopt;
  return static_cast<DueCause>(found - kDueCauses.begin() + 1);
}

void put_due(store::WriteTransaction& transaction, const DueEntry& entry) {
  transaction.put(tables::due, key_of(entry), {});
}

void erase_due(store::WriteTransaction& transaction, const DueEntry& entry) {
  transaction.erase(tables::due, key_of(entry));
}

DueCursor due_entries(const store::ReadTransaction& transaction) {
  return {transaction.cursor(tables::due), decode_due};
}

}  // namespace registry
