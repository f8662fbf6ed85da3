// What `jpki crl check` sees in publication files that no record names. What a crash has left there means
// nothing and is removed by the next publication; a list that the store cannot have given yet, or that is
// dated in the future, means that the store or the clock is the wrong one.

#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "crl/check.h"

namespace crl {

// A publication file under its final name.
struct PresentFile {
  registry::IssuerId issuer;
  std::filesystem::path path;
};

// Those that lie in DATA/crl now, of every generation, known to the store or not.
[[nodiscard]] std::vector<PresentFile> present_files(const std::filesystem::path& folder);

// One finding for each of the `files` that no record names and that holds a list of a number which the store
// has not given, a list from the future, or that lies in the folder of a generation which the store does not
// know. The snapshot must be newer than the listing: numbers are committed before a file gets its name, so
// that a run which goes on meanwhile is no finding. A file that is gone by now, and what a restore has kept,
// is none either.
[[nodiscard]] std::vector<CheckFinding> check_unrecorded(const store::ReadTransaction& snapshot,
                                                         std::span<const PresentFile> files, pki::Time now);

}  // namespace crl
