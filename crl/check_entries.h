// The entries of a list against the registry: the long half of the independent check.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crl/check.h"
#include "crl/entry_cut.h"
#include "crl/reader.h"
#include "crl/state.h"
#include "pki/bytes.h"
#include "pki/message.h"
#include "pki/result.h"
#include "store/environment.h"

namespace crl {

// What a check found that should not be.
[[nodiscard]] inline pki::Error differs(pki::Message what) {
  return pki::fail(pki::Errc::internal, std::move(what));
}

// Whether the entries of a list of any kind are what the registry says for what the record covers.
[[nodiscard]] pki::Result<void> check_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                              const DecodedCrl& crl);

// Whether they are the entries of another list that was checked, and the registry lets this key leave out
// what they leave out.
[[nodiscard]] pki::Result<void> check_entries_like(const store::ReadTransaction& snapshot,
                                                   const ListClaim& claim, const DecodedCrl& crl,
                                                   const CheckedEntries& checked);

// The same as check_entries() for the complete CRL of the whole, compared by several threads, each a part at
// a time.
class EntriesInParts final {
 public:
  // `entries` is the content of revokedCertificates. Everything must outlive this.
  EntriesInParts(std::span<const store::ReadTransaction> snapshots, const ListClaim& claim,
                 pki::ByteView entries, std::span<const EntryCut> cuts);

  // Compares parts until there are no more. For as many threads as there are snapshots, each with a number of
  // its own.
  void compare(std::size_t thread);
  // After the last compare().
  [[nodiscard]] pki::Result<void> verdict() const;

 private:
  struct Part {
    PointRange points;
    pki::ByteView entries;
  };

  // How many entries the part has.
  [[nodiscard]] pki::Result<std::uint64_t> compare_part(const store::ReadTransaction& snapshot,
                                                        const Part& part) const;
  pki::Result<std::vector<Part>> cut(pki::ByteView entries, std::span<const EntryCut> cuts) const;

  std::span<const store::ReadTransaction> snapshots_;
  const ListClaim& claim_;
  std::vector<StatesBefore> undone_;
  std::vector<Part> parts_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::uint64_t> count_ = 0;
  std::mutex mutex_;
  std::optional<pki::Error> wrong_;  // Guarded by mutex_ until the last compare() is over.
};

}  // namespace crl
