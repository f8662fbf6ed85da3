// What the published lists say that the store does not know: the proof from which a restore records
// revocations again.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "pki/result.h"
#include "registry/certificates.h"
#include "store/environment.h"

namespace crl {

// The last word of the lists about one certificate.
struct ListedState {
  // Absent: a hold has ended.
  std::optional<registry::Revocation> revocation;
  // The point whose list says so; kWholeGeneration when only that of the whole generation does.
  pki::DistributionPoint point;
};

struct ListEvidence {
  std::uint64_t lists = 0;
  // Serials are unique over the generations of a CA name.
  std::map<pki::CaName, std::map<std::uint64_t, ListedState>> states;
  // The greatest number of a list, and of a file.
  std::map<pki::CaName, std::uint64_t> greatest_number;
  std::uint64_t greatest_file_number = 0;
  // When the newest list was made; nothing without one.
  std::optional<pki::Time> newest;
  // Generations whose CA certificate a list shows as compromised, and since when.
  std::map<registry::IssuerId, pki::Time> compromised;
  // Files that the store does not know and that are not as they were released, unless a complete list of a
  // later run is there: what the lists said that were altered, cut or overwritten in them is known to none.
  std::vector<std::filesystem::path> damaged;
};

// Reads every list of the folder with a number above the store's, of the generations that the store knows,
// each with a signature that verifies. Errc::conflict when there are lists of another generation: then the
// backup is from before a rollover, and the store lacks the key's certificate.
[[nodiscard]] pki::Result<ListEvidence> read_newer_lists(const store::ReadTransaction& snapshot,
                                                         const std::filesystem::path& folder);

}  // namespace crl
