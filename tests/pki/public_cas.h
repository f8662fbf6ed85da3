// The six CA certificates that JPKI has published: the yardstick. They are not part of this repository; tests
// that use them look in the folder that JPKI_PUBLIC_CA_DIR names, and otherwise find nothing to check.

#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "tests/support/command.h"

namespace public_cas {

inline std::vector<std::filesystem::path> files() {
  const char* const named = std::getenv("JPKI_PUBLIC_CA_DIR");  // NOLINT(concurrency-mt-unsafe)
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named) : support::source_folder() / "../shared/data/jpki-ca";
  std::vector<std::filesystem::path> found;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".cer" || entry.path().extension() == ".der")
        found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

}  // namespace public_cas
