// CRC-32C (Castagnoli; RFC 3720 appendix B.4): finds every burst of up to 32 bits and all but 2^-32 of other
// damage in a short record. No protection against anybody who wants to be believed.

#pragma once

#include <cstdint>

#include "pki/bytes.h"

namespace store {

// `crc` is the value over what comes before, 0 at first.
[[nodiscard]] std::uint32_t crc32c(pki::ByteView bytes, std::uint32_t crc = 0);
// The same without the processor's instruction: what other machines use, and what the tests compare with.
[[nodiscard]] std::uint32_t crc32c_by_table(pki::ByteView bytes, std::uint32_t crc = 0);

}  // namespace store
