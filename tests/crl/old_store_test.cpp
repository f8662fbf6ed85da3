// An older store that is put back beside newer lists: it is recognised, and no list is removed.

#include "crl/old_store.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "crl/evidence.h"
#include "crl/found_lists.h"
#include "crl/store.h"
#include "crl/unrecorded.h"
#include "pki/der.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"
#include "tests/support/test_keys.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

// A copy of the store as it is now, to be put back later.
class Copy {
 public:
  explicit Copy(World& world) : world_(world), folder_(world.folder.path() / "copy") {
    world.close();
    std::filesystem::copy(world.store_options().directory, folder_);
    world.reopen();
  }
  void put_back() {
    world_.close();
    std::filesystem::remove_all(world_.store_options().directory);
    std::filesystem::copy(folder_, world_.store_options().directory);
    world_.reopen();
  }

 private:
  World& world_;
  std::filesystem::path folder_;
};

std::set<std::string> published_files(const World& world) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.options.folder))
    if (entry.is_regular_file()) names.insert(entry.path().filename().string());
  return names;
}

// By file.
std::map<std::string, std::string> unrecorded(const World& world) {
  std::map<std::string, std::string> found;
  for (const PresentFile& file : present_files(world.options.folder))
    for (const CheckFinding& finding :
         check_unrecorded(world.environment->read(), std::span(&file, 1), world.clock.now()))
      found[file.path.filename().string()] += finding.what.in(pki::Language::en) + "\n";
  return found;
}

std::optional<std::string> proof_in(const World& world) {
  const auto proof = find_newer_lists(world.environment->read(), world.options.folder);
  return proof ? std::optional(proof->in(pki::Language::en)) : std::nullopt;
}

}  // namespace

TEST_CASE("lists of greater numbers than the store has given prove that it is an old one") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{1000});
  world.publish();
  Copy copy(world);
  CHECK_FALSE(proof_in(world));
  world.clock.advance(std::chrono::hours{25});
  world.revoke(10, CrlReason::key_compromise);
  world.publish();
  CHECK_FALSE(proof_in(world));
  copy.put_back();
  CHECK(proof_in(world).value_or("").find("was published, while the numbers of the store end at") !=
        std::string::npos);
}

TEST_CASE("an old store publishes nothing and removes no list") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{1000});
  world.publish();
  Copy copy(world);
  world.clock.advance(std::chrono::hours{25});
  world.revoke(10, CrlReason::key_compromise);
  world.publish();
  copy.put_back();
  const std::set<std::string> before = published_files(world);
  const auto report = world.publisher->publish(PublicationKind::complete_and_delta);
  REQUIRE(report.has_error());
  CHECK(report.error().text().find("jpki restore") != std::string::npos);
  CHECK(published_files(world) == before);
}

TEST_CASE("lists of a generation that the store does not know prove it as well") {
  World world;
  world.publish();
  Copy copy(world);
  world.begin_generation({pki::CaName::sign, 2}, support::authority_keys()[1]);
  world.publish();
  std::filesystem::remove_all(world.options.folder / "sign-1");
  copy.put_back();
  CHECK(proof_in(world).value_or("").find("sign-2, which the store does not know") != std::string::npos);
}

// The clock was set back, so that the later run's file has a smaller number in its name than another
// point's list; what is in it decides.
TEST_CASE("a file that no record names is looked into before it is removed") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
  const pki::Bytes list = world.bytes(record);
  const auto stray = world.options.folder / "sign-1" / "complete-8.crls";
  support::write_file(stray, list);
  CHECK_FALSE(holds_newer_list(world.environment->read(), kIssuer, stray));
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    // As if that number had never been given.
    context.transaction.erase(store::tables::counters,
                              registry::Key().u8(3).u8(static_cast<unsigned>(kIssuer.ca)).point(kKiyose));
    return {};
  });
  CHECK(holds_newer_list(world.environment->read(), kIssuer, stray));
  CHECK_THROWS_AS(sweep_orphans(world.environment->read(), world.options.folder), store::StoreError);
  CHECK(std::filesystem::exists(stray));
}

TEST_CASE("a check finds unrecorded lists that prove an old store") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{1000});
  world.publish();
  Copy copy(world);
  CHECK(unrecorded(world).empty());
  world.clock.advance(std::chrono::hours{25});
  world.revoke(10, CrlReason::key_compromise);
  world.publish();
  CHECK(unrecorded(world).empty());
  const auto record = world.current(kWhole, CrlKind::complete).value();
  copy.put_back();
  const auto found = unrecorded(world);
  // One for each file.
  CHECK(found.size() == 3);
  REQUIRE(found.contains(record.file));
  CHECK(found.at(record.file).find("the store has not given yet") != std::string::npos);
  // One that is damaged has its name still.
  support::write_file(world.options.folder / "sign-1" / record.file, {});
  CHECK(unrecorded(world) == found);
}

TEST_CASE("a check finds the lists of a generation that the store does not know") {
  World world;
  world.publish();
  Copy copy(world);
  world.begin_generation({pki::CaName::sign, 2}, support::authority_keys()[1]);
  world.publish();
  std::filesystem::remove_all(world.options.folder / "sign-1");
  copy.put_back();
  const auto found = unrecorded(world);
  CHECK(found.size() == 3);
  for (const auto& [file, what] : found)
    CHECK(what.find("was published by a generation that the store does not know") != std::string::npos);
}

TEST_CASE("a check finds unrecorded lists from the future, also among those that a restore has kept") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{1000});
  world.publish();
  Copy copy(world);
  world.clock.advance(std::chrono::hours{24 * 1000});
  world.publish();
  const auto record = world.current(kWhole, CrlKind::complete).value();
  copy.put_back();
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::keep_lists_through(context.transaction, record.number + 1'000);
    return {};
  });
  CHECK(unrecorded(world).empty());
  world.clock.advance(-std::chrono::hours{24 * 1000});
  const auto found = unrecorded(world);
  REQUIRE(found.contains(record.file));
  CHECK(found.at(record.file).find("lies in the future") != std::string::npos);
}

TEST_CASE("what a crash has left is no finding of a check, nor what is gone when it is looked at") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
  const auto stray = world.options.folder / "sign-1" / "complete-8.crls";
  support::write_file(stray, world.bytes(record));
  support::write_file(world.options.folder / "sign-1" / "complete-9.crls.tmp", world.bytes(record));
  CHECK(unrecorded(world).empty());
  const auto files = present_files(world.options.folder);
  std::filesystem::remove(stray);
  CHECK(check_unrecorded(world.environment->read(), files, world.clock.now()).empty());
}

// What is damaged says nothing, and what it revoked would come back good.
TEST_CASE("a newer file that was altered, cut, emptied or overwritten is named, and a whole one is not") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{1000});
  world.publish();
  Copy copy(world);
  world.clock.advance(std::chrono::hours{25});
  world.revoke(10, CrlReason::key_compromise);
  world.publish();
  const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
  copy.put_back();
  const auto evidence = [&] {
    return read_newer_lists(world.environment->read(), world.options.folder).value();
  };
  CHECK(evidence().damaged.empty());
  CHECK(evidence().states.at(pki::CaName::sign).at(10).revocation.has_value());
  const auto file = path_of(world.options.folder, record);
  const pki::Bytes whole = support::read_file(file);
  const auto names_it = [&](const pki::Bytes& content) {
    support::write_file(file, content);
    return evidence().damaged == std::vector<std::filesystem::path>{file};
  };
  const auto place = static_cast<std::ptrdiff_t>(record.offset + record.length / 2);
  pki::Bytes altered = whole;
  altered[static_cast<std::size_t>(place)] ^= 1;
  CHECK(names_it(altered));
  CHECK(names_it({}));
  CHECK(names_it(pki::Bytes(whole.begin(), whole.end() - 1)));
  CHECK(names_it(pki::Bytes(whole.size(), 0)));
  pki::Bytes zeros = whole;
  std::fill_n(zeros.begin() + static_cast<std::ptrdiff_t>(record.offset), record.length, std::uint8_t{0});
  CHECK(names_it(zeros));
  CHECK_FALSE(names_it(whole));
}

TEST_CASE("a damaged file that a whole complete list of a later run follows is passed over") {
  World world;
  world.publish();
  Copy copy(world);
  const auto published_after = [&](pki::Seconds time) {
    world.clock.advance(time);
    world.publish();
    return path_of(world.options.folder, world.current(kWhole, CrlKind::complete).value());
  };
  const auto former = published_after(std::chrono::hours{25});
  const pki::Time released = world.clock.now();
  const auto newest = published_after(std::chrono::hours{25});
  copy.put_back();
  // Of the time of its release, as a failing disk leaves it.
  support::write_file(former, {});
  std::filesystem::last_write_time(former, std::chrono::file_clock::from_sys(released));
  const auto damaged = [&] {
    return read_newer_lists(world.environment->read(), world.options.folder).value().damaged;
  };
  CHECK(damaged().empty());
  support::write_file(newest, {});
  CHECK(damaged().size() == 2);
}

// The holder of the key of a compromised CA must not issue again with what a restore brings back.
TEST_CASE("newer lists of CAs show that a generation is compromised, and since when") {
  World world;
  world.publish();
  Copy copy(world);
  world.clock.advance(std::chrono::hours{25});
  world.compromise();
  const pki::Time since = world.clock.now();
  world.clock.advance(std::chrono::hours{1});
  world.publish();
  copy.put_back();
  const ListEvidence evidence = read_newer_lists(world.environment->read(), world.options.folder).value();
  CHECK(evidence.compromised == std::map<registry::IssuerId, pki::Time>{{kIssuer, since}});
}

TEST_CASE("every list of a publication file is found without its record, whatever lies between") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.issue_revoked(11, kSapporo, CrlReason::key_compromise);
  world.publish();
  const auto snapshot = world.environment->read();
  const auto context = finding_context(snapshot, registry::find_issuer(snapshot, kIssuer).value()).value();
  for (const CrlKind kind : {CrlKind::complete, CrlKind::delta}) {
    const auto record = world.current(kWhole, kind).value();
    pki::Bytes content = support::read_file(path_of(world.options.folder, record));
    content.insert(content.begin(), {0x30, 0x03, 0x02, 0x01, 0x07, 0x30});
    std::set<std::uint32_t> points;
    visit_found_lists(context, content, [&](const FoundList& list) {
      CHECK(list.kind == kind);
      CHECK(list.number == world.current(list.scope, kind)->number);
      points.insert(list.scope.point.code);
    });
    CHECK(points == std::set<std::uint32_t>{0, kKiyose.code, kSapporo.code, kChiyoda.code});
    // A list that was altered is none of ours.
    const auto place = static_cast<std::ptrdiff_t>(record.offset + record.length / 2 + 6);
    content[static_cast<std::size_t>(place)] ^= 1;
    std::size_t count = 0;
    visit_found_lists(context, content, [&](const FoundList&) { ++count; });
    CHECK(count == 3);
  }
}

}  // namespace crl::testing
