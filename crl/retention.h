// What becomes of past lists: complete CRLs and the lists of CAs are kept for ten years (Order 7, 23), deltas
// for 30 days; then their records and files go.

#pragma once

#include <cstdint>
#include <filesystem>

#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"
#include "store/writer.h"

namespace crl {

// How long lists are kept after their thisUpdate.
struct Retention {
  pki::Seconds complete{std::chrono::hours{24 * 3653}};
  pki::Seconds delta{std::chrono::hours{24 * 30}};
};

// What was removed.
struct Removal {
  std::uint64_t records = 0;
  std::uint64_t files = 0;
};

struct RemovalSetting {
  const store::Environment& environment;
  store::Writer& writer;
  const std::filesystem::path& folder;
  Retention retention;
};

// Removes the lists whose time has passed at `now`; first the records, in commands of some milliseconds, then
// the files that no record names any more. Whatever is current, and what its check needs (a delta's base, the
// regular complete CRL before), stays, however old. Reads the first records of each scope. Only while no
// publication runs. Throws what the store and the file system throw.
[[nodiscard]] pki::Result<Removal> remove_outdated(const RemovalSetting& setting, pki::Time now);

}  // namespace crl
