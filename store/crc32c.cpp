// The processor's instruction where there is one (SSE 4.2), else a table.

#include "store/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace store {

namespace {

// 0x1EDC6F41 with its bits reversed.
constexpr std::uint32_t kPolynomial = 0x82F63B78;

constexpr auto kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1U) ^ ((value & 1U) != 0 ? kPolynomial : 0);
    table[i] = value;
  }
  return table;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(pki::ByteView bytes,
                                                                      std::uint32_t crc) {
  std::uint64_t state = ~crc;
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    state = __builtin_ia32_crc32di(state, word);
    bytes = bytes.subspan(sizeof(word));
  }
  auto rest = static_cast<std::uint32_t>(state);
  for (const std::uint8_t byte : bytes)
    rest = __builtin_ia32_crc32qi(rest, byte);
  return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(pki::ByteView bytes, std::uint32_t crc) {
  std::uint32_t state = ~crc;
  for (const std::uint8_t byte : bytes)
    state = (state >> 8U) ^ kTable[(state ^ byte) & 0xFFU];
  return ~state;
}

std::uint32_t crc32c(pki::ByteView bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_by_instruction(bytes, crc);
#endif
  return crc32c_by_table(bytes, crc);
}

}  // namespace store
