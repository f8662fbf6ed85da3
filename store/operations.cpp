// Plain numbers and bytes, one after another: as large as what they say, and written while the batch runs.

#include "store/operations.h"

#include <stdexcept>

#include "pki/messages/store.h"
#include "store/readers.h"

namespace store {

namespace {

constexpr std::uint8_t kPut = 1, kErase = 2;
constexpr std::size_t kRandomSize = 32, kKindWidth = 1, kTableWidth = 1, kKeyWidth = 2, kValueWidth = 4;

// Takes bytes from the front of a half; nothing when it has too few.
class Reader {
 public:
  explicit Reader(pki::ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  std::optional<pki::ByteView> take(std::uint64_t count) {
    if (bytes_.size() < count) return std::nullopt;
    const pki::ByteView taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  std::optional<std::uint64_t> number(std::size_t width) {
    const auto bytes = take(width);
    return bytes ? std::optional(pki::read_big_endian(*bytes)) : std::nullopt;
  }
  // A length and as many bytes.
  std::optional<pki::ByteView> counted(std::size_t width) {
    const auto length = number(width);
    return length ? take(*length) : std::nullopt;
  }

 private:
  pki::ByteView bytes_;
};

pki::Error damaged() {
  return pki::fail(pki::Errc::malformed, messages::operations_damaged);
}

pki::Result<void> apply_one(WriteTransaction& transaction, const Schema& schema, Reader& reader,
                            Readers readers) {
  const auto kind = reader.number(kKindWidth), table = reader.number(kTableWidth);
  const auto key = reader.counted(kKeyWidth);
  if (!kind || !table || !key || key->empty() || (*kind != kPut && *kind != kErase)) return damaged();
  if (*table >= schema.tables.size())
    return pki::fail(pki::Errc::unsupported, {messages::operations_of_newer, std::to_string(*table)});
  if (readers == Readers::views && !is_for_views(schema.tables[*table], *key)) return damaged();
  if (*kind == kErase) {
    transaction.erase(schema.tables[*table], *key);
    return {};
  }
  const auto value = reader.counted(kValueWidth);
  if (!value) return damaged();
  transaction.put(schema.tables[*table], *key, *value);
  return {};
}

}  // namespace

void Operations::clear() {
  for_views_.assign(kRandomSize, 0);
  for_authorities_.assign(kRandomSize, 0);
}

void Operations::fill_random(pki::Rng& rng) {
  rng.fill(std::span(for_views_).first(kRandomSize));
  rng.fill(std::span(for_authorities_).first(kRandomSize));
}

const pki::Bytes& Operations::half(Readers readers) const {
  return readers == Readers::views ? for_views_ : for_authorities_;
}

pki::Bytes& Operations::begin(const Table& table, std::uint8_t kind, pki::ByteView key) {
  pki::Bytes& half = is_for_views(table, key) ? for_views_ : for_authorities_;
  half.push_back(kind);
  half.push_back(table.index);
  pki::append_big_endian(half, key.size(), kKeyWidth);
  pki::append(half, key);
  return half;
}

void Operations::put(const Table& table, pki::ByteView key, pki::ByteView value) {
  if (value.size() > UINT32_MAX) throw std::length_error("a value is too large for a row of the log");
  pki::Bytes& half = begin(table, kPut, key);
  pki::append_big_endian(half, value.size(), kValueWidth);
  pki::append(half, value);
}

void Operations::erase(const Table& table, pki::ByteView key) {
  begin(table, kErase, key);
}

pki::Result<void> apply_operations(WriteTransaction& transaction, const Schema& schema, pki::ByteView half,
                                   Readers readers) {
  Reader reader(half);
  if (!reader.take(kRandomSize)) return damaged();
  while (!reader.at_end())
    TRY(apply_one(transaction, schema, reader, readers));
  return {};
}

}  // namespace store
