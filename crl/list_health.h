// Whether the lists that are current are there, whole, unaltered and on time, and which are not.
//
// The digest and the signature of each list are checked once after every start, and again when its file has
// changed. What is damaged is not served, and its scope is due at once (crl/plan).

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "crl/check.h"
#include "crl/publisher.h"
#include "http/file.h"
#include "pki/time.h"
#include "registry/crls.h"
#include "registry/decoded_issuer.h"
#include "store/environment.h"

namespace crl {

// How far a look goes.
enum class LookDepth : std::uint8_t {
  files,  // Records, and lengths of files: some milliseconds for 10,000 lists.
  bytes,  // Digests and signatures as well, of what has not been checked yet.
};

// Usable from any thread. `environment` must outlive the object.
class ListHealth final {
 public:
  // What a list is published for, and where, are the publisher's own options.
  ListHealth(const store::Environment& environment, const PublisherOptions& options);

  // Looks at the current lists of every scope of every generation that makes lists, at the bases of the
  // deltas among them, and at past ones that were served. Throws what the store throws.
  void look(pki::Time now, LookDepth depth);
  // What the last look found wrong with current lists: one line for each of the first, then how many more.
  // Empty when all is well.
  [[nodiscard]] std::vector<std::string> faults() const;
  // How many current lists are not in order.
  [[nodiscard]] std::size_t fault_count() const;
  // Whether the list's bytes are known to be altered.
  [[nodiscard]] bool is_damaged(const registry::CrlRecord& record) const;
  // Whether the last look found the list's bytes there and right: for who serves nothing else.
  [[nodiscard]] bool is_whole(const registry::CrlRecord& record) const;
  // A past list was asked for: it is checked at the next look, unless it has been.
  void note_past(const registry::CrlRecord& record);

 private:
  // A publication file, as registry::CrlRecord names it.
  using FileName = std::pair<registry::IssuerId, std::string>;
  // What changes when a file does: device, inode, size, modification and status change in nanoseconds.
  using FileState = std::vector<std::int64_t>;
  // What is known of the bytes of one file.
  struct Known {
    FileState state;
    // By offset: whether the list there is right; the reason when it is not.
    std::map<std::uint64_t, std::optional<pki::Message>> lists;
    bool is_named = true;
  };
  struct Look;

  void look_at_generation(Look& look, const registry::Issuer& issuer);
  void look_at_scope(Look& look, const registry::DecodedIssuer& authority, const registry::CrlScope& scope);
  [[nodiscard]] std::optional<pki::Message> fault_of(Look& look, const registry::DecodedIssuer& authority,
                                                     const registry::CrlRecord& record);
  [[nodiscard]] std::optional<pki::Message> fault_of_file(Look& look,
                                                          const registry::DecodedIssuer& authority,
                                                          const registry::CrlRecord& record);
  void look_at_past(Look& look);

  const store::Environment& environment_;
  const PublisherOptions options_;
  // One look at a time.
  std::mutex looking_;
  std::map<FileName, Known> files_;  // Guarded by looking_.
  mutable std::mutex mutex_;
  // The rest is guarded by mutex_.
  bool has_looked_ = false;
  std::vector<CheckFinding> findings_;
  std::size_t count_ = 0;
  std::set<std::pair<FileName, std::uint64_t>> damaged_, whole_;
  std::map<std::tuple<registry::CrlScope, registry::CrlKind, std::uint64_t>, registry::CrlRecord> past_;
};

}  // namespace crl
