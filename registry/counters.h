// Numbers that only rise, kept in one table.

#pragma once

#include <cstdint>

#include "registry/environment.h"
#include "registry/schema.h"

namespace registry {

// The first octet of a counter's key. Stored: never change a value.
enum class CounterPurpose : std::uint8_t {
  serial = 1,           // by CA name
  change_sequence = 2,  // by issuer
  crl_number = 3,       // by CA name and point
  verifier = 4,
  audit = 5,
  event = 6,             // by resident
  subject_sequence = 7,  // the five digits in the CN of signing certificates
};

// The key of a counter; further octets follow for counters "by" something.
[[nodiscard]] inline Key counter_key(CounterPurpose purpose) {
  return Key().u8(static_cast<std::uint64_t>(purpose));
}

// The last number given; 0 at first.
[[nodiscard]] std::uint64_t read_counter(const ReadTransaction& transaction, pki::ByteView key);
void write_counter(WriteTransaction& transaction, pki::ByteView key, std::uint64_t value);
// The next number.
[[nodiscard]] std::uint64_t take_number(WriteTransaction& transaction, pki::ByteView key);

}  // namespace registry
