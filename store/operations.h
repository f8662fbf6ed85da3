// What one group commit did to the tables: the body of a row of the log.
//
// The puts and erasures stand as a WriteTransaction saw them, so that sealed records stay sealed, and in two
// halves: what views may have, and the rest (store/readers.h; what is not named there is for
// authorities). Each half begins with 32 random bytes, so that its digest tells nothing to those who lack it.
//
//   half       random(32) operation*
//   operation  kind(1: 1 put, 2 erase) table(1) key length(2) key, then of a put: value length(4) value

#pragma once

#include "pki/bytes.h"
#include "pki/random.h"
#include "pki/result.h"
#include "store/environment.h"
#include "store/table.h"

namespace store {

class Operations final {
 public:
  Operations() { clear(); }

  void put(const Table& table, pki::ByteView key, pki::ByteView value);
  void erase(const Table& table, pki::ByteView key);
  void clear();
  // Writes the random bytes; once, before the halves are read.
  void fill_random(pki::Rng& rng);
  [[nodiscard]] const pki::Bytes& half(Readers readers) const;

 private:
  pki::Bytes& begin(const Table& table, std::uint8_t kind, pki::ByteView key);

  pki::Bytes for_views_, for_authorities_;
};

// Carries out the operations of a half, in their order. An error when it does not decode or names a table
// that `schema` does not have, or, of the views' half, what views may not have (store/readers.h); the
// transaction must then be abandoned.
[[nodiscard]] pki::Result<void> apply_operations(WriteTransaction& transaction, const Schema& schema,
                                                 pki::ByteView half, Readers readers = Readers::authorities);

}  // namespace store
