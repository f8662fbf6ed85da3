// The check of everything published: past lists with the state of their own moment, piece by piece.

#include <doctest/doctest.h>

#include <fstream>

#include "crl/check.h"
#include "crl/store.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

// A history whose lists differ from one another: a revocation, a hold, its release, an expiry.
struct HistoryWorld : World {
  HistoryWorld() {
    issue(1, kKiyose, std::chrono::hours{24 * 365});
    issue(2, kKiyose, std::chrono::hours{24 * 365});
    issue(3, kSapporo, std::chrono::hours{36});
    revoke(3, CrlReason::superseded);
    next_day();
    revoke(1, CrlReason::affiliation_changed);
    hold(2);
    next_day();
    release(2);
    next_day();
    next_day();
  }
  void next_day() {
    publish();
    clock.advance(std::chrono::hours{1});
    publish(PublicationKind::changed_deltas);
    clock.advance(std::chrono::hours{23});
    // Falls due each day, and is a regular one.
    publish();
    clock.advance(pki::Seconds{60});
  }
  CheckReport check(CheckRequest request = {}) const {
    request.folder = options.folder;
    request.now = clock.now();
    return check_published(environment->read(), request);
  }
  static std::string words(const CheckReport& report) {
    std::string text;
    for (const CheckFinding& finding : report.findings)
      text += to_string(finding.list.scope.point) + " " + std::string(to_string(finding.list.kind)) + " " +
              finding.what.in(pki::Language::en) + "\n";
    return text;
  }
  // The complete CRL of Kiyose before the current one.
  registry::CrlRecord past() const {
    const auto snapshot = environment->read();
    const auto current = registry::current_crl(snapshot, kKiyoseScope, CrlKind::complete).value();
    return registry::complete_crl_below(snapshot, kKiyoseScope, current.number).value();
  }
};

TEST_CASE("every list that was ever published stands up to the state of its own moment") {
  const HistoryWorld world;
  const CheckReport all = world.check();
  CHECK(HistoryWorld::words(all) == "");
  const CheckReport current = world.check({.extent = CheckExtent::current});
  CHECK(HistoryWorld::words(current) == "");
  CHECK(current.lists == 9);
  CHECK(all.lists > 4 * current.lists);
}

TEST_CASE("a past list that changed after its release is found, and only where past lists are asked for") {
  HistoryWorld world;
  const registry::CrlRecord record = world.past();
  {
    std::fstream file(path_of(world.options.folder, record), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(record.offset + record.length / 2));
    file.put('!');
  }
  const CheckReport report = world.check();
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].list.number == record.number);
  CHECK(report.findings[0].what.in(pki::Language::en).find("changed since its release") != std::string::npos);
  CHECK(HistoryWorld::words(world.check({.extent = CheckExtent::current})) == "");
}

TEST_CASE("a past list that does not say what was so is found") {
  HistoryWorld world;
  // The record of a past list now claims the sequence of another day.
  registry::CrlRecord record = world.past();
  record.covered = {{kIssuer.generation, 1}};
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::put_crl(context.transaction, record);
    return {};
  });
  CHECK(HistoryWorld::words(world.check()).find("the list has more entries than the registry") !=
        std::string::npos);
}

TEST_CASE("the oldest list kept passes, although it is unknown which expired entries it had to keep") {
  HistoryWorld world;
  // As retention does: what came before a list that shows an expired entry goes.
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    for (const registry::CrlScope& scope : {kWhole, kKiyoseScope, registry::CrlScope{kIssuer, kSapporo}}) {
      const auto lists = registry::crls_before(context.transaction, scope, CrlKind::complete,
                                               pki::from_unix(kStart) + std::chrono::hours{47});
      for (const registry::CrlRecord& record : lists)
        registry::erase_crl(context.transaction, record);
    }
    return {};
  });
  CHECK(HistoryWorld::words(world.check()) == "");
}

TEST_CASE("the pieces of a check make up the whole") {
  const HistoryWorld world;
  const CheckReport whole = world.check();
  for (const std::uint64_t bytes_max : {std::uint64_t{1}, std::uint64_t{100'000}}) {
    CheckReport sum;
    std::uint64_t pieces = 0;
    CheckRequest request{.bytes_max = bytes_max};
    do {
      const CheckReport piece = world.check(request);
      CHECK(piece.findings.empty());
      sum.lists += piece.lists;
      sum.entries += piece.entries;
      sum.bytes += piece.bytes;
      request.after = piece.stopped_behind;
      ++pieces;
    } while (request.after);
    CHECK(pieces > 1);
    CHECK(sum.lists == whole.lists);
    CHECK(sum.entries == whole.entries);
    CHECK(sum.bytes == whole.bytes);
  }
}

}  // namespace

}  // namespace crl::testing
