// Lists on other machines: fetched whole with the digests of their records, or not at all.

#include "service/shared_lists.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "crl/store.h"
#include "pki/file.h"
#include "registry/crls.h"
#include "tests/support/world.h"

namespace service {

namespace {

// A share in memory.
class FakeShare final : public store::FileShare {
 public:
  std::map<std::pair<std::string, std::string>, std::map<std::uint64_t, pki::Bytes>> pieces;

  pki::Result<std::vector<store::SharedFile>> files() override {
    std::vector<store::SharedFile> files;
    for (const auto& [name, parts] : pieces) {
      if (!parts.contains(0)) continue;
      std::uint64_t size = 0;
      for (const auto& [number, bytes] : parts)
        size += bytes.size();
      files.push_back({name.first, name.second, size});
    }
    return files;
  }
  pki::Result<pki::Bytes> read(const store::SharedFile& file, std::uint64_t piece) override {
    const auto& parts = pieces[{file.folder, file.name}];
    const auto found = parts.find(piece);
    if (found == parts.end()) return pki::fail(pki::Errc::not_found, "no such piece");
    return found->second;
  }
  pki::Result<void> write(const store::SharedFile& file, std::uint64_t piece, pki::ByteView bytes) override {
    pieces[{file.folder, file.name}].try_emplace(piece, pki::to_bytes(bytes));
    return {};
  }
  pki::Result<void> remove(const store::SharedFile& file) override {
    pieces.erase({file.folder, file.name});
    return {};
  }
};

// An authority that has published, and the folder of another machine with the same records.
struct Machines {
  support::World world;
  support::TemporaryFolder other;
  FakeShare share;

  Machines() { world.publish(crl::PublicationKind::complete_and_delta); }
  pki::Result<void> offer() { return share_lists(share, *world.environment, world.crl_folder); }
  pki::Result<void> fetch() { return fetch_lists(share, *world.environment, other.path()); }
  // Of the present lists of whole generations.
  std::vector<registry::CrlRecord> lists() const {
    std::vector<registry::CrlRecord> lists;
    const auto snapshot = world.environment->read();
    for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth})
      for (const registry::CrlKind kind : registry::kCrlKinds)
        if (const auto list = registry::current_crl(snapshot, {{ca, 1}, pki::kWholeGeneration}, kind))
          lists.push_back(*list);
    return lists;
  }
  bool has(const registry::CrlRecord& list) const {
    return std::filesystem::exists(crl::path_of(other.path(), list));
  }
};

}  // namespace

TEST_CASE("another machine fetches the files of current lists, octet for octet, and once") {
  Machines machines;
  REQUIRE(machines.fetch().has_value());
  CHECK_FALSE(machines.has(machines.lists().front()));
  REQUIRE(machines.offer().has_value());
  REQUIRE(machines.fetch().has_value());
  REQUIRE(machines.lists().size() >= 4);
  for (const registry::CrlRecord& list : machines.lists()) {
    REQUIRE(machines.has(list));
    CHECK(pki::read_file(crl::path_of(machines.other.path(), list)).value() ==
          pki::read_file(crl::path_of(machines.world.crl_folder, list)).value());
  }
  machines.share.pieces.clear();
  CHECK(machines.fetch().has_value());
}

TEST_CASE("a file whose lists are not those of the records is not kept") {
  Machines machines;
  REQUIRE(machines.offer().has_value());
  for (auto& [name, pieces] : machines.share.pieces)
    pieces[0][60] ^= 1U;
  const auto fetched = machines.fetch();
  REQUIRE(fetched.has_error());
  CHECK(fetched.error().code == pki::Errc::conflict);
  for (const registry::CrlRecord& list : machines.lists())
    CHECK_FALSE(machines.has(list));
  CHECK(std::ranges::none_of(std::filesystem::recursive_directory_iterator(machines.other.path()),
                             [](const auto& entry) { return entry.is_regular_file(); }));
  // The leader's own are offered again when these are gone.
  machines.share.pieces.clear();
  REQUIRE(machines.offer().has_value());
  REQUIRE(machines.fetch().has_value());
  CHECK(machines.has(machines.lists().front()));
}

TEST_CASE("a file that was cut here is fetched again") {
  Machines machines;
  REQUIRE(machines.offer().has_value());
  REQUIRE(machines.fetch().has_value());
  const auto path = crl::path_of(machines.other.path(), machines.lists().front());
  const auto whole = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, 10);
  REQUIRE(machines.fetch().has_value());
  CHECK(std::filesystem::file_size(path) == whole);
}

TEST_CASE("files without a current list are taken back") {
  Machines machines;
  REQUIRE(machines.offer().has_value());
  const auto before = machines.share.pieces.size();
  machines.share.pieces[{"auth-1", "complete-1.crls"}][0] = {1};
  machines.world.clock.advance(std::chrono::days{1});
  machines.world.publish(crl::PublicationKind::complete_and_delta);
  REQUIRE(machines.offer().has_value());
  CHECK(machines.share.pieces.size() <= before + 2);
  CHECK_FALSE(machines.share.pieces.contains({"auth-1", "complete-1.crls"}));
  REQUIRE(machines.fetch().has_value());
  for (const registry::CrlRecord& list : machines.lists())
    CHECK(machines.has(list));
}

}  // namespace service
