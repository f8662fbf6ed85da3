// One map for each table.

#include "store/overlay.h"

#include <algorithm>
#include <utility>

namespace store {

namespace {

// A node of a map with its two vectors.
constexpr std::size_t kEntryBytes = 128;

}  // namespace

bool Overlay::Less::operator()(pki::ByteView a, pki::ByteView b) const {
  return std::ranges::lexicographical_compare(a, b);
}

void Overlay::put(const Table& table, pki::ByteView key, pki::ByteView value) {
  set(table, key, pki::to_bytes(value));
}

void Overlay::erase(const Table& table, pki::ByteView key) {
  set(table, key, std::nullopt);
}

const Overlay::Entries& Overlay::table(const Table& table) const {
  return tables_.at(table.index);
}

void Overlay::set(const Table& table, pki::ByteView key, std::optional<pki::Bytes> value) {
  Entries& entries = tables_.at(table.index);
  const std::size_t size = value ? value->size() : 0;
  auto found = entries.find(key);
  if (found == entries.end()) {
    bytes_ += kEntryBytes + key.size();
    found = entries.emplace(pki::to_bytes(key), std::nullopt).first;
  } else if (found->second) {
    bytes_ -= found->second->size();
  }
  bytes_ += size;
  found->second = std::move(value);
}

}  // namespace store
