// Files of a card hold personal items: nobody but their owner reads them.

#include "pki/card_files.h"

#include <doctest/doctest.h>

#include "pki/file.h"
#include "tests/support/command.h"

namespace pki {

namespace {

using std::filesystem::perms;

perms mode_of(const std::filesystem::path& path) {
  return std::filesystem::status(path).permissions();
}

}  // namespace

TEST_CASE("a certificate is written for its owner alone, in a folder of the owner's") {
  const support::TemporaryFolder folder;
  const CardContent content{.kind = CertificateKind::sign,
                            .certificate = Bytes(3, 1),
                            .ca_certificate = {},
                            .key = {},
                            .p12_password = {}};
  const auto home = folder.path() / "card";
  const CardFiles files = write_card(home, content).value();
  CHECK(mode_of(files.certificate) == (perms::owner_read | perms::owner_write));
  CHECK(mode_of(home) == perms::owner_all);
}

TEST_CASE("what is no file keeps its mode") {
  const perms before = mode_of("/dev/null");
  CHECK(save_file("/dev/null", as_bytes("x"), FileSecrecy::owner_only).has_value());
  CHECK(mode_of("/dev/null") == before);
}

TEST_CASE("a folder that was there keeps its mode, a file that others could read does not") {
  const support::TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), perms::owner_all | perms::group_read | perms::group_exec);
  const auto file = folder.path() / "sign.cer";
  REQUIRE(save_file(file, as_bytes("old"), FileSecrecy::open).has_value());
  CHECK((mode_of(file) & perms::others_read) != perms::none);
  const CardContent content{.kind = CertificateKind::sign,
                            .certificate = Bytes(3, 1),
                            .ca_certificate = {},
                            .key = {},
                            .p12_password = {}};
  REQUIRE(write_card(folder.path(), content).has_value());
  CHECK(mode_of(folder.path()) == (perms::owner_all | perms::group_read | perms::group_exec));
  CHECK(mode_of(file) == (perms::owner_read | perms::owner_write));
}

}  // namespace pki
