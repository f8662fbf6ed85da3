// `jpki mock`: one process, a temporary store, ready-made test keys, residents with both certificates, and a
// JSON object on the first line that names every URL and file.

#pragma once

#include <cstdint>
#include <functional>

namespace mock {

struct MockOptions {
  std::uint64_t seed = 1;
  std::uint32_t residents = 3;
  std::uint16_t port = 0;
  bool hold_open = false;
  // Called after each resident, and when all is prepared, before the first line is written; for a display.
  std::function<void()> on_resident = {};
  std::function<void()> on_prepared = {};
};

// Runs until a signal, or until standard input closes; leaves nothing behind. Throws pki::ErrorException.
void run_mock(const MockOptions& options);

}  // namespace mock
