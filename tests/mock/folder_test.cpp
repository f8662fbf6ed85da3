// The temporary folders of mocks: who makes one keeps it, whatever other mocks tidy.

#include "mock/folder.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/command.h"

namespace mock::test {

namespace {

namespace fs = std::filesystem;

// TMPDIR, until the end of this object.
class OwnPlace final {
 public:
  OwnPlace() {
    if (const char* const before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", folder_.path().c_str(), 1);
  }
  ~OwnPlace() { before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1); }
  OwnPlace(const OwnPlace&) = delete;
  OwnPlace& operator=(const OwnPlace&) = delete;
  [[nodiscard]] const fs::path& path() const { return folder_.path(); }

 private:
  support::TemporaryFolder folder_;
  std::string before_;
};

}  // namespace

TEST_CASE("a folder that has just been made is not taken for one that was left") {
  const OwnPlace place;
  std::atomic<bool> is_over = false;
  std::vector<std::thread> tidying;
  for (int i = 0; i < 6; ++i)
    tidying.emplace_back([&] {
      while (!is_over)
        static_cast<void>(tidy_stale_folders());
    });
  int kept = 0;
  constexpr int kFolders = 3'000;
  for (int i = 0; i < kFolders; ++i) {
    try {
      const TemporaryFolder made;
      kept += fs::exists(made.path() / "lock") ? 1 : 0;
    } catch (const std::exception& error) {
      MESSAGE(error.what());
    }
  }
  is_over = true;
  for (std::thread& one : tidying)
    one.join();
  CHECK(kept == kFolders);
}

TEST_CASE("what a mock has left that was killed is tidied, and what lives stays") {
  const OwnPlace place;
  const TemporaryFolder alive;
  const fs::path left = place.path() / "jpki-mock-killed";
  fs::create_directory(left);
  std::ofstream(left / "lock") << "";
  const fs::path new_one = place.path() / "jpki-mock-being-made";
  fs::create_directory(new_one);
  CHECK(tidy_stale_folders() == 1);
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(new_one));
  CHECK(fs::exists(alive.path()));
}

}  // namespace mock::test
