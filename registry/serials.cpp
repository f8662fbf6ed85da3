// Commands of the system's own.

#include "registry/serials.h"

#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/counters.h"

namespace registry {

namespace {

Key open_key(pki::CaName ca) {
  return counter_key(CounterPurpose::first_open_serial).u8(static_cast<std::uint64_t>(ca));
}

Key skipped_key(pki::CaName ca) {
  return counter_key(CounterPurpose::skipped_serials).u8(static_cast<std::uint64_t>(ca));
}

pki::SerialNumber take(store::WriteTransaction& transaction, pki::CaName ca, std::uint64_t count) {
  const pki::SerialNumber first = take_serial(transaction, ca);
  if (count > 1) skip_serials(transaction, ca, first.value + count - 1);
  return first;
}

}  // namespace

pki::Result<pki::SerialNumber> reserve_serials(store::Writer& writer, pki::CaName ca, std::uint64_t count) {
  pki::SerialNumber first;
  TRY(writer.execute({.actor = system_actor(),
                      .action = count == 1 ? "reserve a serial" : "reserve serials",
                      .run = [&](store::CommandContext& context) {
                        first = take(context.transaction, ca, count);
                        return pki::Result<void>{};
                      }}));
  return first;
}

pki::Result<pki::SerialNumber> reserve_block(store::Writer& writer, pki::CaName ca, std::uint64_t count,
                                             BlockOrder order) {
  pki::SerialNumber first;
  TRY(writer.execute(
      {.actor = system_actor(), .action = "reserve serials", .run = [&](store::CommandContext& context) {
         first = take(context.transaction, ca, count);
         if (order == BlockOrder::first_of_process)
           set_first_open_serial(context.transaction, ca, first.value);
         return pki::Result<void>{};
       }}));
  return first;
}

std::uint64_t first_open_serial(const store::ReadTransaction& transaction, pki::CaName ca) {
  return store::read_counter(transaction, open_key(ca));
}

void set_first_open_serial(store::WriteTransaction& transaction, pki::CaName ca, std::uint64_t serial) {
  store::write_counter(transaction, open_key(ca), serial);
}

std::vector<SerialRange> skipped_serials(const store::ReadTransaction& transaction, pki::CaName ca) {
  std::vector<SerialRange> ranges;
  store::Cursor cursor =
      transaction.cursor(store::tables::counters, store::KeyRange::with_prefix(skipped_key(ca)));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
    constexpr std::size_t kSerialSize = 8;
    ranges.push_back(
        {pki::read_big_endian(cursor.key().last(kSerialSize)), pki::read_big_endian(cursor.value())});
  }
  return ranges;
}

void note_skipped_serials(store::WriteTransaction& transaction, pki::CaName ca, SerialRange range) {
  store::write_counter(transaction, skipped_key(ca).u64(range.first), range.last);
}

}  // namespace registry
