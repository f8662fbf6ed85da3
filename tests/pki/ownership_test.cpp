// What root makes in the folder of another user is that user's.

#include "pki/ownership.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/command.h"

namespace pki {

namespace {

struct Owner {
  uid_t user;
  gid_t group;
  bool operator==(const Owner&) const = default;
};

Owner owner_of(const std::filesystem::path& path) {
  struct stat facts{};
  REQUIRE(::lstat(path.c_str(), &facts) == 0);
  return {facts.st_uid, facts.st_gid};
}

}  // namespace

TEST_CASE("a file gets the owner and the group of its folder when root makes it") {
  const support::TemporaryFolder folder;
  const auto file = folder.path() / "file";
  std::ofstream(file) << "x";
  const bool is_root = ::geteuid() == 0;
  if (is_root) REQUIRE(::chown(folder.path().c_str(), 4711, 4712) == 0);
  give_to_owner_of_folder(file);
  CHECK(owner_of(file) == (is_root ? Owner{4711, 4712} : Owner{::geteuid(), owner_of(folder.path()).group}));
}

TEST_CASE("a link is given away and not what it points to") {
  const support::TemporaryFolder folder, elsewhere;
  const auto target = elsewhere.path() / "target";
  std::ofstream(target) << "x";
  std::filesystem::create_symlink(target, folder.path() / "link");
  if (::geteuid() == 0) REQUIRE(::chown(folder.path().c_str(), 4711, 4712) == 0);
  give_to_owner_of_folder(folder.path() / "link");
  CHECK(owner_of(target).user == ::geteuid());
}

TEST_CASE("root learns which file cannot be given away") {
  const support::TemporaryFolder folder;
  if (::geteuid() == 0)
    CHECK_THROWS_WITH_AS(give_to_owner_of_folder(folder.path() / "absent"), doctest::Contains("absent"),
                         std::runtime_error);
  else
    CHECK_NOTHROW(give_to_owner_of_folder(folder.path() / "absent"));
}

}  // namespace pki
