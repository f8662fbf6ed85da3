// Backups as files: read by tar, and never believed when cut or altered.

#include "service/archive.h"

#include <doctest/doctest.h>

#include "tests/support/command.h"

namespace service {

namespace {

class Made {
 public:
  Made() {
    ArchiveWriter writer(file);
    writer.add_text("info", "one\n");
    support::write_file(folder.path() / "source", pki::Bytes(3000, 7));
    writer.add_file("crl/sign-1/complete-7.crls", folder.path() / "source");
    writer.add_text("empty", "");
    identity = writer.finish();
  }
  support::TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "backup.tar";
  std::string identity;
};

}  // namespace

TEST_CASE("what was put into an archive comes out, here and by tar") {
  const Made made;
  const auto reader = ArchiveReader::open(made.file).value();
  CHECK(reader.identity() == made.identity);
  CHECK(reader.members().size() == 3);
  CHECK(reader.text(*reader.find("info")) == "one\n");
  reader.extract(*reader.find("crl/sign-1/complete-7.crls"), made.folder.path() / "out");
  CHECK(support::read_file(made.folder.path() / "out") == pki::Bytes(3000, 7));
  const auto listed = support::run("tar tf " + made.file.string());
  CHECK(listed.exit_code == 0);
  CHECK(listed.output == "info\ncrl/sign-1/complete-7.crls\nempty\nMANIFEST\n");
  CHECK(support::run("tar xOf " + made.file.string() + " info").output == "one\n");
}

TEST_CASE("an archive is never overwritten, and nothing is left of one that was not finished") {
  const Made made;
  CHECK_THROWS_AS(ArchiveWriter(made.file), pki::ErrorException);
  {
    ArchiveWriter unfinished(made.folder.path() / "other.tar");
    unfinished.add_text("info", "one\n");
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(made.folder.path()))
    files += entry.path().filename().string().starts_with("other");
  CHECK(files == 0);
}

TEST_CASE("an archive that was cut anywhere is refused") {
  const Made made;
  const auto size = std::filesystem::file_size(made.file);
  // The last block of zeros is not needed.
  for (std::uintmax_t length = 0; length + 512 < size; length += 97) {
    const auto cut = made.folder.path() / "cut.tar";
    std::filesystem::copy_file(made.file, cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, length);
    const auto opened = ArchiveReader::open(cut);
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == pki::Errc::malformed);
  }
}

TEST_CASE("an archive with an altered byte in any member is refused") {
  const Made made;
  const auto reader = ArchiveReader::open(made.file).value();
  for (const ArchiveMember& member : reader.members())
    for (const std::uint64_t at : {member.offset, member.offset + member.length / 2, member.offset - 400}) {
      if (member.length == 0) continue;
      pki::Bytes content = support::read_file(made.file);
      content[at] ^= 1;
      const auto altered = made.folder.path() / "altered.tar";
      support::write_file(altered, content);
      CHECK(ArchiveReader::open(altered).has_error());
    }
}

}  // namespace service
