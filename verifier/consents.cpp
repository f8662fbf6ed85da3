// Withdrawals by resident and verifier.

#include "verifier/consents.h"

#include "registry/schema.h"
#include "store/record.h"

namespace verifier {

namespace {

registry::Key table_key(registry::ResidentId resident, std::uint64_t verifier) {
  return registry::Key().u64(resident.value).u64(verifier);
}

WithdrawnUntil decode(pki::ByteView record) {
  store::RecordReader reader(record);
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

WithdrawnUntil find_withdrawal(const store::ReadTransaction& transaction, registry::ResidentId resident,
                               std::uint64_t verifier) {
  const auto value = transaction.get(registry::tables::withdrawals, table_key(resident, verifier));
  return value ? decode(*value) : WithdrawnUntil{};
}

std::vector<Withdrawal> withdrawals_of(const store::ReadTransaction& transaction,
                                       registry::ResidentId resident) {
  std::vector<Withdrawal> withdrawals;
  store::Cursor cursor = transaction.cursor(
      registry::tables::withdrawals, store::KeyRange::with_prefix(registry::Key().u64(resident.value)));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    withdrawals.push_back(
        {resident, registry::Fields(cursor.key().subspan(8)).u64(), decode(cursor.value())});
  return withdrawals;
}

void put_withdrawal(store::WriteTransaction& transaction, const Withdrawal& withdrawal) {
  pki::der::Writer writer;
  writer.sequence([&] {
    for (const FourItem item : kFourItems)
      store::write_optional(writer, static_cast<unsigned>(item),
                            withdrawal.until[static_cast<std::size_t>(item)],
                            [&](pki::Time time) { writer.generalized_time(time); });
  });
  transaction.put(registry::tables::withdrawals, table_key(withdrawal.resident, withdrawal.verifier),
                  writer.view());
}

}  // namespace verifier
