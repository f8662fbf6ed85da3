// Rows become changes of the store, one transaction each.

#include "store/log_view.h"

#include <array>

#include "pki/hash.h"
#include "pki/messages/store.h"
#include "store/key.h"
#include "store/log_closure.h"

namespace store {

namespace {

constexpr std::string_view kPositionKey = "log_position";
constexpr std::size_t kIdSize = 16, kNumberSize = 8, kHashSize = 32;
constexpr std::size_t kRowsAtOnce = 100;

void update(pki::Hash& hash, pki::ByteView field) {
  pki::Bytes length;
  pki::append_big_endian(length, field.size(), 8);
  hash.update(length);
  hash.update(field);
}

}  // namespace

std::optional<LogPosition> read_log_position(const ReadTransaction& transaction) {
  const auto value = transaction.get(tables::meta, pki::as_bytes(kPositionKey));
  if (!value) return std::nullopt;
  if (value->size() != kIdSize + kNumberSize + kHashSize) throw Corruption(messages::log_position_damaged);
  return LogPosition{pki::to_bytes(value->first(kIdSize)),
                     pki::read_big_endian(value->subspan(kIdSize, kNumberSize)),
                     pki::to_bytes(value->last(kHashSize))};
}

void write_log_position(WriteTransaction& transaction, const LogPosition& position) {
  pki::Bytes value = position.log_id;
  pki::append_big_endian(value, position.number, kNumberSize);
  pki::append(value, position.hash);
  transaction.put(tables::meta, pki::as_bytes(kPositionKey), value);
}

void erase_log_position(WriteTransaction& transaction) {
  transaction.erase(tables::meta, pki::as_bytes(kPositionKey));
}

pki::Bytes digest_of_store(const ReadTransaction& transaction, const Schema& schema) {
  pki::Hash hash(pki::HashAlgorithm::sha256);
  for (const Table& table : schema.tables) {
    update(hash, pki::as_bytes(table.name));
    Cursor cursor = transaction.cursor(table);
    for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
      if (table.index == tables::meta.index && is_own_note(cursor.key())) continue;
      update(hash, cursor.key());
      update(hash, cursor.value());
    }
  }
  return hash.finish();
}

LogPosition LogView::position() const {
  auto position = read_log_position(environment_.read());
  if (!position) throw std::logic_error("the store is no view of a log");
  return *position;
}

pki::Result<void> LogView::begin(const LogIdentity& identity) {
  WriteTransaction transaction = environment_.write();
  if (read_log_position(transaction)) return store_belongs_to_log();
  if (digest_of_store(transaction, schema_) != identity.anchor)
    return pki::fail(pki::Errc::conflict, messages::log_began_elsewhere);
  write_log_position(transaction, {identity.id, 0, identity.anchor});
  transaction.commit();
  return {};
}

pki::Result<void> LogView::apply(const LogRow& row) {
  const std::string number = std::to_string(row.number);
  TRY(check_row(row));
  if (row.schema != schema_.version)
    return pki::fail(pki::Errc::unsupported, {messages::row_of_other_schema, number,
                                              std::to_string(row.schema), std::to_string(schema_.version)});
  WriteTransaction transaction = environment_.write();
  LogPosition position = read_log_position(transaction).value();
  if (row.number != position.number + 1 || row.previous != position.hash)
    return pki::fail(pki::Errc::conflict,
                     {messages::row_does_not_follow, number, std::to_string(position.number)});
  if (row.for_views.body) TRY(apply_operations(transaction, schema_, *row.for_views.body, Readers::views));
  if (row.for_authorities.body) TRY(apply_operations(transaction, schema_, *row.for_authorities.body));
  position.number = row.number;
  position.hash = row.hash;
  write_log_position(transaction, position);
  transaction.commit();
  return {};
}

// A log that ends before the store's own row has lost it; one that has another row is another truth; one
// whose first row is beyond it was trimmed without this store.
pki::Result<void> LogView::check_own_row(Log& log, const LogPosition& position) const {
  const bool is_at_anchor = position.number == 0;
  TRY_ASSIGN(const std::vector<LogRow> own, log.read_after(is_at_anchor ? 0 : position.number - 1, 1));
  const std::string number = std::to_string(position.number);
  if (own.empty() && is_at_anchor) return {};
  if (own.empty()) return pki::fail(pki::Errc::conflict, {messages::log_ends_early, number});
  if (is_at_anchor ? own.front().number == 1
                   : own.front().number == position.number && own.front().hash == position.hash)
    return {};
  TRY_ASSIGN(const std::vector<LogRow> first, log.read_after(0, 1));
  if (!first.empty() && first.front().number > position.number)
    return pki::fail(pki::Errc::conflict,
                     {messages::log_was_trimmed, std::to_string(first.front().number), number});
  return pki::fail(pki::Errc::conflict, {messages::log_differs, number});
}

pki::Result<void> LogView::follow(Log& log) {
  std::uint64_t at = position().number;
  for (;;) {
    TRY_ASSIGN(const std::vector<LogRow> rows, log.read_after(at, kRowsAtOnce));
    if (rows.empty()) return {};
    for (const LogRow& row : rows)
      TRY(apply(row));
    at = rows.back().number;
  }
}

pki::Result<std::uint64_t> LogView::catch_up(Log& log, const Check& check) {
  TRY_ASSIGN(const LogIdentity identity, log.identity());
  LogPosition at = position();
  if (identity.id != at.log_id) return pki::fail(pki::Errc::conflict, messages::log_of_another);
  TRY(check_own_row(log, at));
  for (;;) {
    TRY_ASSIGN(const std::vector<LogRow> rows, log.read_after(at.number, kRowsAtOnce));
    if (rows.empty()) return at.number;
    for (const LogRow& row : rows) {
      if (check) TRY(check(row));
      TRY(apply(row));
      at.number = row.number;
    }
  }
}

}  // namespace store
