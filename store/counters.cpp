// Counters, 64 bits each.

#include "store/counters.h"

#include "pki/messages/store.h"
#include "store/key.h"

namespace store {

std::uint64_t read_counter(const ReadTransaction& transaction, pki::ByteView key) {
  const auto value = transaction.get(tables::counters, key);
  if (!value) return 0;
  if (value->size() != 8) throw Corruption(messages::counter_size);
  return pki::read_big_endian(*value);
}

void write_counter(WriteTransaction& transaction, pki::ByteView key, std::uint64_t value) {
  transaction.put(tables::counters, key, Key().u64(value));
}

std::uint64_t take_number(WriteTransaction& transaction, pki::ByteView key) {
  const std::uint64_t number = read_counter(transaction, key) + 1;
  write_counter(transaction, key, number);
  return number;
}

}  // namespace store
