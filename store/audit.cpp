// A hash chain of DER records; `meta` holds its head: the last sequence and hash.

#include "store/audit.h"

#include "pki/hash.h"
#include "pki/messages/store.h"
#include "pki/number.h"
#include "store/key.h"
#include "store/record.h"

namespace store {

namespace {

constexpr std::string_view kHeadKey = "audit_head";
constexpr std::string_view kFollowedKey = "audit_followed";
constexpr std::size_t kHashSize = 32;

pki::Bytes encode(const AuditEntry& entry) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.integer(entry.sequence).generalized_time(entry.recorded_at);
    write_text(writer, entry.actor.operator_name);
    writer.integer(entry.actor.role);
    writer.integer(entry.actor.municipality);
    write_text(writer, entry.action);
    writer.sequence([&] {
      for (const std::string& subject : entry.subjects)
        write_text(writer, subject);
    });
    writer.octet_string(entry.previous_hash);
  });
  return writer.take();
}

AuditEntry decode(pki::ByteView record) {
  RecordReader reader(record);
  AuditEntry entry;
  entry.sequence = reader.number();
  entry.recorded_at = reader.time();
  entry.actor.operator_name = reader.text();
  entry.actor.role = reader.number();
  entry.actor.municipality = reader.number();
  entry.action = reader.text();
  for (RecordReader subjects = reader.nested(); !subjects.at_end();)
    entry.subjects.push_back(subjects.text());
  entry.previous_hash = reader.bytes();
  return entry;
}

void put_followed(WriteTransaction& transaction, std::uint64_t sequence) {
  transaction.put(tables::meta, pki::as_bytes(kFollowedKey), Key().u64(sequence));
}

bool is_followed_to(const ReadTransaction& transaction, std::uint64_t sequence) {
  const auto value = transaction.get(tables::meta, pki::as_bytes(kFollowedKey));
  return value && value->size() == 8 && pki::read_big_endian(*value) == sequence;
}

pki::Error broken(std::uint64_t sequence, const pki::MessageText& why) {
  return pki::fail(pki::Errc::conflict, {messages::audit_broken, std::to_string(sequence), why});
}

}  // namespace

AuditHead read_audit_head(const ReadTransaction& transaction) {
  const auto value = transaction.get(tables::meta, pki::as_bytes(kHeadKey));
  if (!value) return {};
  if (value->size() != 8 + kHashSize) throw Corruption(messages::audit_head_damaged);
  return {pki::read_big_endian(value->first(8)), pki::to_bytes(value->subspan(8))};
}

std::optional<AuditHead> audit_head_at(const ReadTransaction& transaction, std::uint64_t sequence) {
  if (sequence == 0) return AuditHead{};
  const auto record = transaction.get(tables::audit, Key().u64(sequence));
  if (!record) return std::nullopt;
  return AuditHead{sequence, pki::digest(pki::HashAlgorithm::sha256, *record)};
}

std::string to_string(const AuditHead& head) {
  return std::to_string(head.sequence) + ":" + pki::to_hex(head.hash);
}

std::optional<AuditHead> parse_audit_head(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto sequence = pki::parse_number<std::uint64_t>(text.substr(0, colon));
  const auto hash = pki::from_hex(text.substr(colon + 1));
  if (!sequence || !hash || hash->size() != kHashSize) return std::nullopt;
  return AuditHead{*sequence, *hash};
}

void append_audit(WriteTransaction& transaction, AuditEntry entry) {
  const AuditHead head = read_audit_head(transaction);
  const bool is_followed = is_followed_to(transaction, head.sequence);
  entry.sequence = head.sequence + 1;
  entry.previous_hash = head.hash;
  const pki::Bytes record = encode(entry);
  transaction.put(tables::audit, Key().u64(entry.sequence), record);
  pki::Bytes new_head;
  pki::append_big_endian(new_head, entry.sequence, 8);
  pki::append(new_head, pki::digest(pki::HashAlgorithm::sha256, record));
  transaction.put(tables::meta, pki::as_bytes(kHeadKey), new_head);
  if (is_followed) put_followed(transaction, entry.sequence);
}

void follow_audit(WriteTransaction& transaction) {
  put_followed(transaction, read_audit_head(transaction).sequence);
}

bool is_audit_followed(const ReadTransaction& transaction) {
  return is_followed_to(transaction, read_audit_head(transaction).sequence);
}

AuditCursor newest_audit_entry(const ReadTransaction& transaction) {
  AuditCursor cursor(transaction.cursor(tables::audit),
                     [](pki::ByteView /*key*/, pki::ByteView value) { return decode(value); });
  cursor.seek_to_last();
  return cursor;
}

std::optional<AuditEntry> find_audit_entry(const ReadTransaction& transaction, std::uint64_t sequence) {
  const auto record = transaction.get(tables::audit, Key().u64(sequence));
  if (!record) return std::nullopt;
  return decode(*record);
}

pki::Result<std::uint64_t> verify_audit(const ReadTransaction& transaction) {
  AuditHead computed;
  Cursor cursor = transaction.cursor(tables::audit);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
    const std::uint64_t expected = computed.sequence + 1;
    const AuditEntry entry = decode(cursor.value());
    if (entry.sequence != expected || pki::read_big_endian(cursor.key()) != expected)
      return broken(expected, messages::audit_entry_missing);
    if (entry.previous_hash != computed.hash) return broken(expected, messages::audit_entry_changed);
    computed = {expected, pki::digest(pki::HashAlgorithm::sha256, cursor.value())};
  }
  const AuditHead head = read_audit_head(transaction);
  if (head.sequence != computed.sequence || head.hash != computed.hash)
    return broken(computed.sequence + 1, messages::audit_end_changed);
  return computed.sequence;
}

}  // namespace store
