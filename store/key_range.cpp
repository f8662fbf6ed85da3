// Bounds of keys, compared as LMDB compares them.

#include "store/key_range.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace store {

namespace {

bool is_less(pki::ByteView a, pki::ByteView b) {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  return order != 0 ? order < 0 : a.size() < b.size();
}

}  // namespace

KeyRange::Bound KeyRange::bound_of(pki::ByteView key) {
  Bound bound;
  if (key.size() > bound.bytes.size()) throw std::logic_error("the bound of a range of keys is too long");
  std::ranges::copy(key, bound.bytes.begin());
  bound.size = key.size();
  return bound;
}

KeyRange KeyRange::with_prefix(pki::ByteView prefix) {
  KeyRange range;
  range.begin_ = range.end_ = bound_of(prefix);
  // The first key that is greater than all with the prefix.
  while (range.end_.size > 0 && range.end_.bytes.at(range.end_.size - 1) == 0xFF)
    --range.end_.size;
  if (range.end_.size > 0) ++range.end_.bytes.at(range.end_.size - 1);
  return range;
}

KeyRange KeyRange::between(pki::ByteView begin, pki::ByteView end) {
  KeyRange range;
  range.begin_ = bound_of(begin);
  range.end_ = bound_of(end);
  return range;
}

bool KeyRange::begins_after(pki::ByteView key) const {
  return begin_.size > 0 && is_less(key, begin());
}

bool KeyRange::ends_before_or_at(pki::ByteView key) const {
  return end_.size > 0 && !is_less(key, end());
}

}  // namespace store
