// The changes of a dry run: kept in memory, read as if they were in the store, and never part of it.

#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>

#include "pki/bytes.h"
#include "store/table.h"

namespace store {

class Overlay final {
 public:
  // In the order of the keys' bytes, as the store has it; nothing in place of a value means erased.
  struct Less {
    using is_transparent = void;
    bool operator()(pki::ByteView a, pki::ByteView b) const;
  };
  using Entries = std::map<pki::Bytes, std::optional<pki::Bytes>, Less>;

  void put(const Table& table, pki::ByteView key, pki::ByteView value);
  void erase(const Table& table, pki::ByteView key);
  [[nodiscard]] const Entries& table(const Table& table) const;
  // About how much memory it takes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void set(const Table& table, pki::ByteView key, std::optional<pki::Bytes> value);

  std::array<Entries, kTablesMax> tables_;
  std::size_t bytes_ = 0;
};

}  // namespace store
