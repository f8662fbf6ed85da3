// A table of the store, and the four that the engine itself keeps.
//
// The engine knows no domain: which tables there are is written in registry/schema.h, and an environment is
// opened with that list.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace store {

// Where a table's rows may go. It is decided when a table is added.
enum class Readers : std::uint8_t {
  // Rows that name residents, seal personal items, or concern the authority alone.
  authorities,
  // Rows from which status and lists are answered: machines that only answer may have them, too.
  views,
};

// A table by its place in the list that the environment was opened with, and its name in the file.
struct Table {
  std::uint8_t index;
  std::string_view name;
  Readers readers = Readers::authorities;
};

// No list may be longer.
inline constexpr std::size_t kTablesMax = 64;

// The tables and their layout: what a program reads and writes.
struct Schema {
  // Kept in `meta`. A store with a greater one is refused, one with a smaller one must be migrated.
  std::uint64_t version = 0;
  // In the order of their indices.
  std::span<const Table> tables;
};

namespace tables {

// name -> schema_version, last_write_time, audit_head, audit_followed, and what other rooms keep there.
inline constexpr Table meta{0, "meta"};
// purpose(1) … -> u64.
inline constexpr Table counters{1, "counters"};
// sequence(8) -> DER, each with the hash of the one before.
inline constexpr Table audit{21, "audit"};
// SHA-256 of actor and key -> sealed: the answer given.
inline constexpr Table idempotency{22, "idempotency"};

}  // namespace tables

}  // namespace store
