// A cursor whose rows come decoded: the rooms above give each table's rows a type.

#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "pki/bytes.h"
#include "store/environment.h"

namespace store {

// Moves as store::Cursor does, and stands at the first row of its range to begin with.
template <typename Row>
class RowCursor final {
 public:
  using Decode = Row (*)(pki::ByteView key, pki::ByteView value);

  RowCursor(Cursor cursor, Decode decode) : cursor_(std::move(cursor)), decode_(decode) {
    cursor_.seek_to_first();
  }

  [[nodiscard]] bool valid() const { return cursor_.valid(); }
  void seek(pki::ByteView key) { cursor_.seek(key); }
  void seek_to_first() { cursor_.seek_to_first(); }
  void seek_to_last() { cursor_.seek_to_last(); }
  // REQUIRES: valid(). The row is decoded with each call; Corruption when it does not decode.
  void next() { cursor_.next(); }
  void previous() { cursor_.previous(); }
  [[nodiscard]] Row row() const { return decode_(cursor_.key(), cursor_.value()); }

  // Fills `out` with the rows from here on, moves behind them, and says how many they are: fewer than it
  // holds only at the end.
  std::size_t read(std::span<Row> out) {
    std::size_t count = 0;
    for (; count < out.size() && valid(); next())
      out[count++] = row();
    return count;
  }

 private:
  Cursor cursor_;
  Decode decode_;
};

}  // namespace store
