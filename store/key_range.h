// A range of keys of one table: what a cursor walks over.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pki/bytes.h"

namespace store {

// Keys from begin() on and before end(); an empty end() is the end of the table. By default all of them.
class KeyRange final {
 public:
  KeyRange() = default;
  // The keys that begin with `prefix`, at most 48 bytes, as the longest KeyBuilder.
  [[nodiscard]] static KeyRange with_prefix(pki::ByteView prefix);
  [[nodiscard]] static KeyRange between(pki::ByteView begin, pki::ByteView end);

  [[nodiscard]] pki::ByteView begin() const { return {begin_.bytes.data(), begin_.size}; }
  [[nodiscard]] pki::ByteView end() const { return {end_.bytes.data(), end_.size}; }
  [[nodiscard]] bool begins_after(pki::ByteView key) const;
  [[nodiscard]] bool ends_before_or_at(pki::ByteView key) const;

 private:
  struct Bound {
    std::array<std::uint8_t, 48> bytes{};
    std::size_t size = 0;
  };
  static Bound bound_of(pki::ByteView key);

  Bound begin_;
  Bound end_;
};

}  // namespace store
