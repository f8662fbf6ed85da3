// Numbers that only rise, kept in one table.

#pragma once

#include <cstdint>

#include "store/environment.h"

namespace store {

// The last number given under a key of the table `counters`; 0 at first.
[[nodiscard]] std::uint64_t read_counter(const ReadTransaction& transaction, pki::ByteView key);
void write_counter(WriteTransaction& transaction, pki::ByteView key, std::uint64_t value);
// The next number.
[[nodiscard]] std::uint64_t take_number(WriteTransaction& transaction, pki::ByteView key);

}  // namespace store
