// Records of published CRLs. Keys end in the number, so the last of a prefix is the current one.

#include "registry/crls.h"

#include <algorithm>

#include "pki/messages/registry.h"
#include "registry/certificates.h"
#include "registry/counters.h"
#include "registry/issuers.h"
#include "store/record.h"

namespace registry {

namespace {

constexpr std::string_view kListsKept = "lists_kept_through";

Key scope_key(const CrlScope& scope) {
  return Key().issuer(scope.issuer).point(scope.point);
}

Key kind_key(const CrlScope& scope, CrlKind kind) {
  return scope_key(scope).u8(static_cast<std::uint64_t>(kind));
}

Coverage decode_coverage(store::RecordReader& reader) {
  Coverage covered;
  while (!reader.at_end()) {
    Covered one;
    one.generation = static_cast<std::uint8_t>(reader.number());
    one.sequence = reader.number();
    covered.push_back(one);
  }
  return covered;
}

CrlRecord decode(pki::ByteView key, pki::ByteView value) {
  Fields fields(key);
  CrlRecord record;
  record.scope.issuer = fields.issuer();
  record.scope.point = fields.point();
  record.kind = static_cast<CrlKind>(fields.u8());
  record.number = fields.u64();
  store::RecordReader reader(value);
  record.this_update = reader.time();
  record.next_update = reader.time();
  const std::uint64_t own_sequence = reader.number();
  record.entries = reader.number();
  record.file = reader.text();
  record.offset = reader.number();
  record.length = reader.number();
  record.sha256 = reader.bytes();
  if (auto field = reader.optional(0)) record.base_number = field->number();
  // Records of the first builds do not say, and count as regular.
  if (auto field = reader.optional(1); field && field->boolean()) record.occasion = CrlOccasion::extra;
  if (auto field = reader.optional(2); field && field->boolean())
    record.invalidity_dates = InvalidityDates::given;
  if (auto field = reader.optional(3)) {
    record.covered = decode_coverage(*field);
  } else {
    record.meaning = CrlMeaning::signing_generation;
    record.covered = {{record.scope.issuer.generation, own_sequence}};
  }
  if (auto field = reader.optional(4)) record.oldest_not_after = field->time();
  if (auto field = reader.optional(5); field && field->boolean()) record.finality = CrlFinality::last_of_key;
  return record;
}

// The last record of a prefix whose key is less than `limit`.
std::optional<CrlRecord> last_below(const store::ReadTransaction& transaction, pki::ByteView prefix,
                                    pki::ByteView limit) {
  store::Cursor cursor = transaction.cursor(tables::crls, store::KeyRange::with_prefix(prefix));
  cursor.seek_before(limit);
  if (!cursor.valid()) return std::nullopt;
  return decode(cursor.key(), cursor.value());
}

std::vector<CrlRecord> all_with(const store::ReadTransaction& transaction, pki::ByteView prefix) {
  std::vector<CrlRecord> records;
  store::Cursor cursor = transaction.cursor(tables::crls, store::KeyRange::with_prefix(prefix));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    records.push_back(decode(cursor.key(), cursor.value()));
  return records;
}

Key number_key(pki::CaName ca, pki::DistributionPoint point) {
  return counter_key(CounterPurpose::crl_number).u8(static_cast<std::uint64_t>(ca)).point(point);
}

}  // namespace

std::string_view to_string(CrlKind kind) {
  switch (kind) {
    case CrlKind::complete:
      return "complete";
    case CrlKind::delta:
      return "delta";
    case CrlKind::arl:
      return "authority";
  }
  throw store::Corruption(messages::stored_crl_kind_unknown);
}

std::string list_path(const CrlScope& scope, CrlKind kind) {
  std::string path = "/crl/" + to_string(scope.issuer) + "/";
  if (!scope.point.is_whole_generation()) path += to_string(scope.point) + "/";
  if (kind == CrlKind::arl) return path + "arl.crl";
  return path + (kind == CrlKind::complete ? "full.crl" : "delta.crl");
}

std::string list_uri(std::string_view public_url, const CrlScope& scope, CrlKind kind) {
  return std::string(public_url) + list_path(scope, kind);
}

std::optional<CrlRecord> current_crl(const store::ReadTransaction& transaction, const CrlScope& scope,
                                     CrlKind kind) {
  return crl_below(transaction, scope, kind, kAnyCrlNumber);
}

std::optional<CrlRecord> crl_below(const store::ReadTransaction& transaction, const CrlScope& scope,
                                   CrlKind kind, std::uint64_t number) {
  return last_below(transaction, kind_key(scope, kind), kind_key(scope, kind).u64(number));
}

std::optional<CrlRecord> complete_crl_below(const store::ReadTransaction& transaction, const CrlScope& scope,
                                            std::uint64_t number) {
  return crl_below(transaction, scope, CrlKind::complete, number);
}

std::optional<CrlRecord> regular_crl_below(const store::ReadTransaction& transaction, const CrlScope& scope,
                                           CrlKind kind, std::uint64_t number) {
  auto record = crl_below(transaction, scope, kind, number);
  while (record && record->occasion == CrlOccasion::extra)
    record = crl_below(transaction, scope, kind, record->number);
  return record;
}

std::vector<CrlRecord> crls_before(const store::ReadTransaction& transaction, const CrlScope& scope,
                                   CrlKind kind, pki::Time moment) {
  std::vector<CrlRecord> records;
  store::Cursor cursor =
      transaction.cursor(tables::crls, store::KeyRange::with_prefix(kind_key(scope, kind)));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
    CrlRecord record = decode(cursor.key(), cursor.value());
    if (record.this_update >= moment) break;
    records.push_back(std::move(record));
  }
  return records;
}

std::optional<CrlRecord> find_crl(const store::ReadTransaction& transaction, const CrlScope& scope,
                                  CrlKind kind, std::uint64_t number) {
  const Key key = kind_key(scope, kind).u64(number);
  const auto value = transaction.get(tables::crls, key);
  if (!value) return std::nullopt;
  return decode(key, *value);
}

std::optional<CrlRecord> base_of(const store::ReadTransaction& transaction, const CrlRecord& delta) {
  if (!delta.base_number) return std::nullopt;
  return find_crl(transaction, delta.scope, CrlKind::complete, *delta.base_number);
}

std::vector<CrlRecord> crls_of(const store::ReadTransaction& transaction, const CrlScope& scope) {
  return all_with(transaction, scope_key(scope));
}

CrlCursor crls_of_issuer(const store::ReadTransaction& transaction, IssuerId issuer) {
  return {transaction.cursor(tables::crls, store::KeyRange::with_prefix(Key().issuer(issuer))), decode};
}

void put_crl(store::WriteTransaction& transaction, const CrlRecord& record) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.generalized_time(record.this_update).generalized_time(record.next_update);
    // The place of earlier versions, which knew of no other generation's changes.
    writer.integer(covered_sequence(record.covered, record.scope.issuer.generation).value_or(0));
    writer.integer(record.entries);
    store::write_text(writer, record.file);
    writer.integer(record.offset).integer(record.length).octet_string(record.sha256);
    store::write_optional(writer, 0, record.base_number,
                          [&](std::uint64_t number) { writer.integer(number); });
    const bool is_extra = record.occasion == CrlOccasion::extra;
    store::write_optional(writer, 1, is_extra ? std::optional(true) : std::nullopt,
                          [&](bool extra) { writer.boolean(extra); });
    const bool has_dates = record.invalidity_dates == InvalidityDates::given;
    store::write_optional(writer, 2, has_dates ? std::optional(true) : std::nullopt,
                          [&](bool given) { writer.boolean(given); });
    const bool speaks_of_name = record.meaning == CrlMeaning::name;
    store::write_optional(writer, 3, speaks_of_name ? std::optional(record.covered) : std::nullopt,
                          [&](const Coverage& covered) {
                            for (const Covered& one : covered)
                              writer.integer(one.generation).integer(one.sequence);
                          });
    store::write_optional(writer, 4, record.oldest_not_after,
                          [&](pki::Time oldest) { writer.generalized_time(oldest); });
    const bool is_last = record.finality == CrlFinality::last_of_key;
    store::write_optional(writer, 5, is_last ? std::optional(true) : std::nullopt,
                          [&](bool last) { writer.boolean(last); });
  });
  transaction.put(tables::crls, kind_key(record.scope, record.kind).u64(record.number), writer.view());
}

void erase_crl(store::WriteTransaction& transaction, const CrlRecord& record) {
  transaction.erase(tables::crls, kind_key(record.scope, record.kind).u64(record.number));
}

std::optional<std::uint64_t> covered_sequence(const Coverage& covered, std::uint8_t generation) {
  const auto found = std::ranges::find(covered, generation, &Covered::generation);
  return found == covered.end() ? std::nullopt : std::optional(found->sequence);
}

bool have_same_scope(const CrlRecord& one, const CrlRecord& other) {
  return one.meaning == other.meaning &&
         std::ranges::equal(one.covered, other.covered, {}, &Covered::generation, &Covered::generation);
}

std::vector<std::uint8_t> generations_of(const store::ReadTransaction& transaction, const CrlScope& scope) {
  const pki::CaName ca = scope.issuer.ca;
  std::vector<std::uint8_t> generations;
  for (const std::uint8_t generation : generations_of_name(transaction, ca))
    if (scope.point.is_whole_generation() ||
        have_same_directory_name(transaction, scope.point, scope.issuer, {ca, generation}))
      generations.push_back(generation);
  return generations;
}

Coverage present_coverage(const store::ReadTransaction& transaction, const CrlScope& scope) {
  Coverage covered;
  for (const std::uint8_t generation : generations_of(transaction, scope))
    covered.push_back({generation, last_change_sequence(transaction, {scope.issuer.ca, generation})});
  return covered;
}

std::uint64_t greatest_renounced_base(const store::ReadTransaction& transaction) {
  return store::read_counter(transaction, counter_key(CounterPurpose::renounced_crl_base));
}

void renounce_bases(store::WriteTransaction& transaction, std::uint64_t up_to_number) {
  const std::uint64_t greatest = std::max(greatest_renounced_base(transaction), up_to_number);
  store::write_counter(transaction, counter_key(CounterPurpose::renounced_crl_base), greatest);
}

std::uint64_t last_crl_number(const store::ReadTransaction& transaction, pki::CaName ca,
                              pki::DistributionPoint point) {
  return store::read_counter(transaction, number_key(ca, point));
}

void raise_crl_number(store::WriteTransaction& transaction, pki::CaName ca, pki::DistributionPoint point,
                      std::uint64_t value) {
  const Key key = number_key(ca, point);
  if (store::read_counter(transaction, key) < value) store::write_counter(transaction, key, value);
}

std::uint64_t lists_kept_through(const store::ReadTransaction& transaction) {
  const auto value = transaction.get(store::tables::meta, pki::as_bytes(kListsKept));
  return value ? pki::read_big_endian(*value) : 0;
}

void keep_lists_through(store::WriteTransaction& transaction, std::uint64_t number) {
  if (number > lists_kept_through(transaction))
    transaction.put(store::tables::meta, pki::as_bytes(kListsKept), Key().u64(number));
  // A delta on a list from before would leave out what the lost lists showed.
  renounce_bases(transaction, number);
}

std::uint64_t take_crl_number(store::WriteTransaction& transaction, const CrlScope& scope,
                              std::int64_t now_milliseconds) {
  const Key key = number_key(scope.issuer.ca, scope.point);
  const std::uint64_t number =
      std::max(store::read_counter(transaction, key) + 1, static_cast<std::uint64_t>(now_milliseconds));
  store::write_counter(transaction, key, number);
  return number;
}

}  // namespace registry
