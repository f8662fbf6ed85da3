// Keys and fixed-width values: big-endian numbers of a fixed width, so that their order is their meaning.

#pragma once

#include <array>
#include <cstdint>

#include "pki/bytes.h"
#include "pki/time.h"

namespace store {

// A key under construction: at most 48 bytes, on the stack. `Derived` is the class that a chain of calls goes
// on with, so that other rooms can add the fields that they know.
template <typename Derived>
class KeyBuilder {
 public:
  Derived& u8(std::uint64_t value) { return number(value, 1); }
  Derived& u32(std::uint64_t value) { return number(value, 4); }
  Derived& u64(std::uint64_t value) { return number(value, 8); }
  // Seconds since 1970 in 5 bytes.
  Derived& time(pki::Time value) { return number(static_cast<std::uint64_t>(pki::to_unix(value)), 5); }
  [[nodiscard]] pki::ByteView view() const { return {bytes_.data(), size_}; }
  operator pki::ByteView() const { return view(); }  // NOLINT(google-explicit-constructor)

 protected:
  Derived& number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = width; i > 0; --i)
      bytes_.at(size_++) = static_cast<std::uint8_t>(value >> (8 * (i - 1)));
    return static_cast<Derived&>(*this);
  }

 private:
  // Only Derived can be built on this class: static_cast above relies on it.
  KeyBuilder() = default;
  friend Derived;

  std::array<std::uint8_t, 48> bytes_{};
  std::size_t size_ = 0;
};

// A key of plain numbers.
class Key final : public KeyBuilder<Key> {};

// Reads the fields of a key or a fixed-width value in order. Reading past the end is Corruption.
class Fields {
 public:
  explicit Fields(pki::ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t number(std::size_t width) {
    if (bytes_.size() < width) fail_short();
    const std::uint64_t value = pki::read_big_endian(bytes_.first(width));
    bytes_ = bytes_.subspan(width);
    return value;
  }
  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint64_t u64() { return number(8); }
  [[nodiscard]] pki::Time time() { return pki::from_unix(static_cast<std::int64_t>(number(5))); }
  // For what was added to a layout later: older records end before it.
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  [[noreturn]] static void fail_short();

  pki::ByteView bytes_;
};

}  // namespace store
