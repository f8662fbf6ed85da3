// Cursors, over the store alone and over the store under an overlay.

#include <algorithm>
#include <utility>

#include "pki/messages/store.h"
#include "store/lmdb.h"

namespace store {

namespace {

// For prefetching alone; LMDB takes the system's page size.
constexpr std::size_t kPageSize = 4096, kCacheLine = 64;

}  // namespace

Cursor::Cursor(Cursor&& other) noexcept
    : cursor_(std::exchange(other.cursor_, nullptr)),
      overlay_(other.overlay_),
      range_(other.range_),
      valid_(other.valid_),
      key_(other.key_),
      value_(other.value_) {}

Cursor::~Cursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

bool Cursor::move(pki::ByteView key, int operation) {
  MDB_val key_val = to_val(key), value{};
  const int code = mdb_cursor_get(cursor_, &key_val, &value, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_NOTFOUND) return false;
  check(code, messages::cannot_read_store);
  key_ = to_view(key_val);
  value_ = to_view(value);
  return true;
}

bool Cursor::move_to(pki::ByteView key) {
  return overlay_ == nullptr ? move(key, MDB_SET_RANGE) : find(Direction::up, key, Start::at_key);
}
bool Cursor::move_to_end() {
  return overlay_ == nullptr ? move({}, MDB_LAST) : find(Direction::down, {}, Start::at_key);
}
bool Cursor::move_back() {
  if (overlay_ != nullptr) return find(Direction::down, pki::to_bytes(key_), Start::beyond_key);
  return move({}, MDB_PREV);
}

void Cursor::seek(pki::ByteView key) {
  valid_ = move_to(range_.begins_after(key) ? range_.begin() : key) && !range_.ends_before_or_at(key_);
}
void Cursor::seek_before(pki::ByteView key) {
  const pki::ByteView limit = range_.ends_before_or_at(key) ? range_.end() : key;
  valid_ = (move_to(limit) ? move_back() : move_to_end()) && !range_.begins_after(key_);
}
void Cursor::seek_to_first() {
  if (!range_.begin().empty()) return seek(range_.begin());
  const bool found = overlay_ == nullptr ? move({}, MDB_FIRST) : find(Direction::up, {}, Start::at_key);
  valid_ = found && !range_.ends_before_or_at(key_);
}
void Cursor::seek_to_last() {
  if (!range_.end().empty()) return seek_before(range_.end());
  valid_ = move_to_end() && !range_.begins_after(key_);
}

void Cursor::next() {
  if (overlay_ != nullptr) {
    valid_ = find(Direction::up, pki::to_bytes(key_), Start::beyond_key) && !range_.ends_before_or_at(key_);
    return;
  }
  const auto page = reinterpret_cast<std::uintptr_t>(key_.data()) / kPageSize;
  valid_ = move({}, MDB_NEXT) && !range_.ends_before_or_at(key_);
  if (!valid_) return;
  // Entries lie scattered in their page: a walk that comes to a new one will want all of it.
  const auto address = reinterpret_cast<std::uintptr_t>(key_.data());
  if (address / kPageSize == page) return;
  const std::uint8_t* start = key_.data() - address % kPageSize;
  for (std::size_t at = 0; at < kPageSize; at += kCacheLine)
    __builtin_prefetch(start + at);
}
void Cursor::previous() {
  valid_ = move_back() && !range_.begins_after(key_);
}

// Moves the store's own cursor, which may stand anywhere.
bool Cursor::find_stored(Direction direction, std::optional<pki::ByteView> key, Start start) {
  if (!key) return move({}, direction == Direction::up ? MDB_FIRST : MDB_LAST);
  const bool found = move(*key, MDB_SET_RANGE);
  const bool is_there = found && std::ranges::equal(key_, *key);
  if (is_there && start == Start::at_key) return true;
  if (direction == Direction::up) return is_there ? move({}, MDB_NEXT) : found;
  return move({}, found ? MDB_PREV : MDB_LAST);
}

// The nearest entry of the overlay, erased ones too; null when there is none.
const Overlay::Entries::value_type* Cursor::find_in_overlay(Direction direction,
                                                            std::optional<pki::ByteView> key,
                                                            Start start) const {
  auto place = overlay_->begin();
  if (direction == Direction::up) {
    if (key) place = start == Start::at_key ? overlay_->lower_bound(*key) : overlay_->upper_bound(*key);
    return place == overlay_->end() ? nullptr : &*place;
  }
  place = overlay_->end();
  if (key) place = start == Start::at_key ? overlay_->upper_bound(*key) : overlay_->lower_bound(*key);
  return place == overlay_->begin() ? nullptr : &*std::prev(place);
}

bool Cursor::find(Direction direction, std::optional<pki::ByteView> key, Start start) {
  const Overlay::Less less;
  for (;;) {
    const bool stored = find_stored(direction, key, start);
    const auto* overlay = find_in_overlay(direction, key, start);
    if (overlay == nullptr) return stored;
    // The overlay's entry replaces the stored one under the same key.
    const bool store_is_nearer =
        stored && (direction == Direction::up ? less(key_, overlay->first) : less(overlay->first, key_));
    if (store_is_nearer) return true;
    if (overlay->second) {
      key_ = overlay->first;
      value_ = *overlay->second;
      return true;
    }
    key = overlay->first;
    start = Start::beyond_key;
  }
}

}  // namespace store
