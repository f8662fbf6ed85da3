// Lines that are added to a file, also behind what a full disk has left.

#include "pki/file.h"

#include <doctest/doctest.h>

#include "tests/support/command.h"

namespace pki {

TEST_CASE("a line that was cut is no part of the one that is added behind it") {
  const support::TemporaryFolder folder;
  const auto file = folder.path() / "folder" / "lines";
  REQUIRE(append_line(file, "first").has_value());
  REQUIRE(append_line(file, "second").has_value());
  CHECK(read_file(file).value() == "first\nsecond\n");
  std::filesystem::resize_file(file, std::string_view("first\nsec").size());
  REQUIRE(append_line(file, "third").has_value());
  CHECK(read_file(file).value() == "first\nsec\nthird\n");
}

TEST_CASE("a line that cannot be written is an error, and the file is as it was") {
  CHECK(append_line("/dev/full", "first").error().code == Errc::internal);
}

}  // namespace pki
