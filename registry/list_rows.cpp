// The sum is one of 64-bit weights, so that rows are added and taken away in any order.

#include "registry/list_rows.h"

#include <algorithm>

#include "registry/counters.h"
#include "registry/retention.h"
#include "registry/status_of_issue.h"
#include "store/crc32c.h"

namespace registry {

namespace {

Key sum_key(IssuerId issuer) {
  return counter_key(CounterPurpose::revoked_rows).issuer(issuer);
}

bool has_sum(const store::ReadTransaction& transaction, IssuerId issuer) {
  return transaction.get(store::tables::counters, sum_key(issuer)).has_value();
}

std::uint64_t weight(pki::ByteView key, pki::ByteView value) {
  const std::uint32_t low = store::crc32c(value, store::crc32c(key));
  return std::uint64_t{store::crc32c(key, ~low)} << 32U | low;
}

}  // namespace

void write_revoked_row(store::WriteTransaction& transaction, pki::ByteView key, bool was_listed,
                       std::optional<pki::ByteView> value) {
  if (!was_listed && !value) {
    transaction.erase(tables::revoked, key);
    return;
  }
  const IssuerId issuer = Fields(key).issuer();
  std::uint64_t sum = store::read_counter(transaction, sum_key(issuer));
  // A row that is lost, or is not the one that was written, leaves its weight in the sum.
  if (was_listed)
    if (const auto before = transaction.get(tables::revoked, key)) sum -= weight(key, *before);
  if (value) {
    sum += weight(key, *value);
    transaction.put(tables::revoked, key, *value);
  } else {
    transaction.erase(tables::revoked, key);
  }
  store::write_counter(transaction, sum_key(issuer), sum);
}

bool lacks_revoked_sums(const store::ReadTransaction& transaction) {
  store::Cursor rows = transaction.cursor(tables::revoked);
  for (rows.seek_to_first(); rows.valid();) {
    const IssuerId issuer = Fields(rows.key()).issuer();
    if (!has_sum(transaction, issuer)) return true;
    rows.seek(Key().issuer({issuer.ca, static_cast<std::uint8_t>(issuer.generation + 1)}));
  }
  return false;
}

std::uint64_t rebuild_revoked_rows(store::WriteTransaction& transaction, pki::Time now) {
  for (;;) {
    pki::Bytes key;
    {
      store::Cursor cursor = transaction.cursor(tables::revoked);
      cursor.seek_to_first();
      if (!cursor.valid()) break;
      key = pki::to_bytes(cursor.key());
    }
    store::write_counter(transaction, sum_key(Fields(key).issuer()), 0);
    transaction.erase(tables::revoked, key);
  }
  std::uint64_t count = 0;
  for (StatusCursor rows = all_statuses(transaction); rows.valid(); rows.next()) {
    const StatusRow row = rows.row();
    if (!row.status.revocation || row.status.not_after + kRevocationMargin < now) continue;
    put_list_row(transaction, row.id, row.status, false);
    ++count;
  }
  return count;
}

bool are_revoked_rows_whole(const store::ReadTransaction& transaction, IssuerId issuer) {
  if (!has_sum(transaction, issuer)) return true;
  std::uint64_t sum = 0;
  store::Cursor rows =
      transaction.cursor(tables::revoked, store::KeyRange::with_prefix(Key().issuer(issuer)));
  for (rows.seek_to_first(); rows.valid(); rows.next())
    sum += weight(rows.key(), rows.value());
  return sum == store::read_counter(transaction, sum_key(issuer));
}

bool are_changes_whole(const store::ReadTransaction& transaction, IssuerId issuer, std::uint64_t after) {
  const std::uint64_t last =
      store::read_counter(transaction, counter_key(CounterPurpose::change_sequence).issuer(issuer));
  for (std::uint64_t sequence = after; sequence < last;) {
    const Key key = Key().issuer(issuer).u64(++sequence);
    const auto change = transaction.get(tables::changes, key);
    // Its distribution point follows serial and kind.
    constexpr std::size_t kBeforePoint = 9, kPointSize = 3;
    if (!change || change->size() < kBeforePoint + kPointSize) return false;
    Fields fields(change->subspan(kBeforePoint));
    const auto copy =
        transaction.get(tables::point_changes, Key().issuer(issuer).point(fields.point()).u64(sequence));
    if (!copy || !std::ranges::equal(*change, *copy)) return false;
  }
  return true;
}

}  // namespace registry
