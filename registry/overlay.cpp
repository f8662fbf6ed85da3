// One map for each table.

#include "registry/overlay.h"

#include <algorithm>
#include <utility>

namespace registry {

namespace {

// A node of a map with its two vectors.
constexpr std::size_t kEntryOctets = 128;

}  // namespace

bool Overlay::Less::operator()(pki::ByteView a, pki::ByteView b) const {
  return std::ranges::lexicographical_compare(a, b);
}

void Overlay::put(TableId table, pki::ByteView key, pki::ByteView value) {
  set(table, key, pki::to_bytes(value));
}

void Overlay::erase(TableId table, pki::ByteView key) {
  set(table, key, std::nullopt);
}

const Overlay::Table& Overlay::table(TableId table) const {
  return tables_.at(static_cast<std::size_t>(table));
}

void Overlay::set(TableId table, pki::ByteView key, std::optional<pki::Bytes> value) {
  Table& entries = tables_.at(static_cast<std::size_t>(table));
  const std::size_t size = value ? value->size() : 0;
  auto found = entries.find(key);
  if (found == entries.end()) {
    octets_ += kEntryOctets + key.size();
    found = entries.emplace(pki::to_bytes(key), std::nullopt).first;
  } else if (found->second) {
    octets_ -= found->second->size();
  }
  octets_ += size;
  found->second = std::move(value);
}

}  // namespace registry
