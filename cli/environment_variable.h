// What the environment says.

#pragma once

#include <cstdlib>
#include <string>

namespace cli {

// Empty when it is not set. Before there are threads.
[[nodiscard]] inline std::string environment_variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr ? value : "";
}

}  // namespace cli
