// The temporary folder of a mock, and those that killed mocks have left.

#pragma once

#include <filesystem>

namespace mock {

// A folder of its own below TMPDIR that goes with its owner. While it lives it is locked, so that others can
// tell it from one whose owner was killed.
class TemporaryFolder final {
 public:
  // Throws SurroundingsError when none can be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

// Removes the folders of this user's mocks that live no more. Gives their number; errors are left to the
// next.
std::size_t tidy_stale_folders();

}  // namespace mock
