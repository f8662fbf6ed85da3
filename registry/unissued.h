// The serials that were taken and are on no certificate: left over from a block, abandoned, skipped, or
// those of certificates whose records are no longer kept.
//
// With them a missing row of `status` differs from a serial that was never issued: LMDB itself cannot tell
// damage from absence, and a revoked certificate must not become `unknown`.

#pragma once

#include <cstdint>
#include <vector>

#include "registry/schema.h"
#include "store/environment.h"

namespace registry {

// Serials of a CA name, from the first to the last.
struct SerialRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  friend bool operator==(const SerialRange&, const SerialRange&) = default;
};

// Joined with neighbours. REQUIRES: none of them is unissued already.
void mark_unissued(store::WriteTransaction& transaction, pki::CaName ca, SerialRange range);
// The serial is on a certificate from now on; nothing happens when it was not unissued.
void mark_issued(store::WriteTransaction& transaction, pki::CaName ca, std::uint64_t serial);
[[nodiscard]] bool is_unissued(const store::ReadTransaction& transaction, pki::CaName ca,
                               std::uint64_t serial);

// The serials of a range that are unissued, in order.
class UnissuedCursor final {
 public:
  UnissuedCursor(const store::ReadTransaction& transaction, pki::CaName ca, SerialRange within);

  [[nodiscard]] bool valid() const { return rest_.first <= rest_.last; }
  // REQUIRES for both: valid().
  void next();
  [[nodiscard]] std::uint64_t serial() const { return rest_.first; }

 private:
  // From the row where cursor_ stands on.
  void find();

  SerialRange within_;
  store::Cursor cursor_;
  SerialRange rest_;  // What of the row is in the range and still to come.
};

// Whether a serial without a status row must have had one: it was taken, is not unissued, and no other
// generation of the CA name has issued it.
[[nodiscard]] bool is_status_missing(const store::ReadTransaction& transaction, const CertificateId& id);

// The runs of serials of a CA name without a status row that are not unissued, in order. Reads all of
// `status`; empty unless the store is damaged.
[[nodiscard]] std::vector<SerialRange> missing_statuses(const store::ReadTransaction& transaction,
                                                        pki::CaName ca);

// For a store of schema version 1, which had no such table: every serial without a row counts as unissued.
// Gives the number of ranges.
std::uint64_t mark_all_unissued(store::WriteTransaction& transaction, pki::CaName ca);

}  // namespace registry
