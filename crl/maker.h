// One list, from the walk over the snapshot to its check.
//
//   write → hash what stands in the file → sign → check: frame and signature
//         ↘ check: everything that the TBSCertList says ↗
//
// A long list is written and checked by several threads, a short one by one thread from end to end: a run has
// one long list and thousands of short ones.
//
// The keys of a name sign the same entries, so the lists that say the same are made together: the first is
// encoded and compared with the registry, the others take its entries as they stand in its file.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "crl/plan.h"
#include "crl/stream.h"
#include "registry/crls.h"
#include "store/environment.h"

namespace crl {

// One list in the making.
struct PendingCrl {
  const PlannedScope* planned = nullptr;
  // What is known of it before it is written; the maker fills in the rest.
  registry::CrlRecord record;
  // Of a complete CRL the last regular one before it; of a delta its base, within the run for the delta after
  // a scope's first complete CRL.
  std::optional<registry::CrlRecord> previous_complete;
  // Index of the list of this run that `previous_complete` is.
  std::optional<std::size_t> base_in_run;
  GrowingFile* file = nullptr;
  // Why it must not be released.
  std::optional<pki::Message> failure;
};

// Makes lists one after another on one thread. What is wrong with a list becomes its `failure`; what is wrong
// with the disk or the store is thrown.
class ListMaker final {
 public:
  // The snapshot must outlive it and be used by this thread alone.
  explicit ListMaker(const store::ReadTransaction& snapshot) : snapshot_(snapshot) {}
  // Lists that claim the same entries (crl/check), one for each key.
  void make(std::span<PendingCrl* const> lists);

 private:
  const store::ReadTransaction& snapshot_;
  ListWriter writer_;
};

// The same for the complete CRLs of the whole, by as many threads as there are snapshots, all of one state.
void make_in_parallel(std::span<const store::ReadTransaction> snapshots, std::span<PendingCrl* const> lists);

}  // namespace crl
