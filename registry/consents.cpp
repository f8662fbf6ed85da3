// Withdrawals by resident and verifier.

#include "registry/consents.h"

#include "registry/record.h"
#include "registry/schema.h"

namespace registry {

namespace {

Key table_key(ResidentId resident, std::uint64_t verifier) {
  return Key().u64(resident.value).u64(verifier);
}

WithdrawnUntil decode(pki::ByteView record) {
  RecordReader reader(record);
  WithdrawnUntil until;
  for (const FourItem item : kFourItems)
    if (auto field = reader.optional(static_cast<unsigned>(item)))
      until[static_cast<std::size_t>(item)] = field->time();
  return until;
}

}  // namespace

std::string_view to_string(FourItem item) {
  constexpr std::array<std::string_view, 4> kNames = {"name", "address", "birth", "sex"};
  return kNames.at(static_cast<std::size_t>(item));
}

std::optional<FourItem> parse_four_item(std::string_view text) {
  for (const FourItem item : kFourItems)
    if (to_string(item) == text) return item;
  return std::nullopt;
}

WithdrawnUntil find_withdrawal(const ReadTransaction& transaction, ResidentId resident,
                               std::uint64_t verifier) {
  const auto value = transaction.get(TableId::withdrawals, table_key(resident, verifier));
  return value ? decode(*value) : WithdrawnUntil{};
}

std::vector<Withdrawal> withdrawals_of(const ReadTransaction& transaction, ResidentId resident) {
  std::vector<Withdrawal> withdrawals;
  const Key prefix = Key().u64(resident.value);
  Cursor cursor = transaction.cursor(TableId::withdrawals);
  for (bool found = cursor.seek(prefix); found && cursor.has_prefix(prefix); found = cursor.next())
    withdrawals.push_back({resident, Fields(cursor.key().subspan(8)).u64(), decode(cursor.value())});
  return withdrawals;
}

void put_withdrawal(WriteTransaction& transaction, const Withdrawal& withdrawal) {
  pki::der::Writer writer;
  writer.sequence([&] {
    for (const FourItem item : kFourItems)
      write_optional(writer, static_cast<unsigned>(item), withdrawal.until[static_cast<std::size_t>(item)],
                     [&](pki::Time time) { writer.generalized_time(time); });
  });
  transaction.put(TableId::withdrawals, table_key(withdrawal.resident, withdrawal.verifier), writer.view());
}

}  // namespace registry
