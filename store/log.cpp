// The hash of a row.

#include "store/log.h"

#include "pki/hash.h"
#include "pki/messages/store.h"

namespace store {

namespace {

// A length before each field, so that no two rows have the same bytes.
void update(pki::Hash& hash, pki::ByteView field) {
  pki::Bytes length;
  pki::append_big_endian(length, field.size(), 8);
  hash.update(length);
  hash.update(field);
}

void update(pki::Hash& hash, std::uint64_t number) {
  pki::Bytes bytes;
  pki::append_big_endian(bytes, number, 8);
  hash.update(bytes);
}

bool is_whole(const RowHalf& half) {
  return !half.body || pki::digest(pki::HashAlgorithm::sha256, *half.body) == half.digest;
}

}  // namespace

pki::Bytes hash_of(const LogRow& row) {
  pki::Hash hash(pki::HashAlgorithm::sha256);
  update(hash, row.number);
  update(hash, row.epoch.number);
  update(hash, row.epoch.id);
  update(hash, pki::as_bytes(row.writer));
  update(hash, static_cast<std::uint64_t>(pki::to_unix(row.time)));
  update(hash, row.schema);
  update(hash, row.previous);
  update(hash, row.for_views.digest);
  update(hash, row.for_authorities.digest);
  return hash.finish();
}

pki::Result<void> check_row(const LogRow& row) {
  if (row.hash == hash_of(row) && is_whole(row.for_views) && is_whole(row.for_authorities)) return {};
  return pki::fail(pki::Errc::conflict, {messages::row_changed, std::to_string(row.number)});
}

}  // namespace store
