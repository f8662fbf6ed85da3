// A high water for each machine.

#include "registry/inbox.h"

#include "pki/hash.h"
#include "registry/counters.h"

namespace registry {

namespace {

pki::Bytes key_of(std::string_view machine) {
  pki::Bytes key = pki::to_bytes(counter_key(CounterPurpose::inbox));
  pki::append(key, pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(machine)));
  return key;
}

}  // namespace

std::uint64_t last_message(const store::ReadTransaction& transaction, std::string_view machine) {
  return store::read_counter(transaction, key_of(machine));
}

bool note_message(store::WriteTransaction& transaction, std::string_view machine, std::uint64_t number) {
  if (last_message(transaction, machine) >= number) return false;
  store::write_counter(transaction, key_of(machine), number);
  return true;
}

}  // namespace registry
