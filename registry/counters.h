// What the numbers of the table `counters` count.

#pragma once

#include <array>
#include <cstdint>

#include "registry/schema.h"
#include "store/counters.h"
#include "store/readers.h"

namespace registry {

// The first byte of a counter's key. Stored: never change a value. 5 was the audit log's and stays unused.
enum class CounterPurpose : std::uint8_t {
  serial = 1,           // by CA name
  change_sequence = 2,  // by issuer
  crl_number = 3,       // by CA name and point
  verifier = 4,
  event = 6,             // by resident
  subject_sequence = 7,  // the five digits in the CN of signing certificates
  renounced_crl_base = 9,
  first_open_serial = 10,  // by CA name
  request = 11,            // what waits for a second person
  suspicion = 12,          // by issuer: until when it is suspected
  revoked_rows = 13,       // by issuer: a sum over its rows of `revoked` (registry/list_rows.h)
  clock_repair = 14,       // by number: the audit entry of a repair; number 0: how many there are
  skipped_serials = 15,    // by CA name and first serial: the last one that a restore has skipped
  inbox = 16,              // by SHA-256 of a machine's name: its last entry that is on record
};

// Those that views may have; store/readers.h names them by their numbers. Of the others, `event` has resident
// ids in its keys.
static_assert(store::kCountersOfViews ==
              std::array{static_cast<std::uint8_t>(CounterPurpose::serial),
                         static_cast<std::uint8_t>(CounterPurpose::change_sequence),
                         static_cast<std::uint8_t>(CounterPurpose::crl_number),
                         static_cast<std::uint8_t>(CounterPurpose::renounced_crl_base),
                         static_cast<std::uint8_t>(CounterPurpose::suspicion),
                         static_cast<std::uint8_t>(CounterPurpose::revoked_rows)});

// The key of a counter; further bytes follow for counters "by" something.
[[nodiscard]] inline Key counter_key(CounterPurpose purpose) {
  return Key().u8(static_cast<std::uint64_t>(purpose));
}

}  // namespace registry
