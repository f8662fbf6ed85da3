// A list in the table of counters.

#include "registry/clock_repairs.h"

#include "registry/counters.h"

namespace registry {

namespace {

Key repair_key(std::uint64_t number) {
  return counter_key(CounterPurpose::clock_repair).u64(number);
}

}  // namespace

std::vector<std::uint64_t> clock_repairs(const store::ReadTransaction& transaction) {
  std::vector<std::uint64_t> entries;
  const std::uint64_t count = store::read_counter(transaction, repair_key(0));
  for (std::uint64_t number = 1; number <= count; ++number)
    entries.push_back(store::read_counter(transaction, repair_key(number)));
  return entries;
}

void note_clock_repair(store::WriteTransaction& transaction, std::uint64_t audit_entry) {
  store::write_counter(transaction, repair_key(store::take_number(transaction, repair_key(0))), audit_entry);
}

}  // namespace registry
