// The rules of publication: numbers, bases, the schedule, and what a failure leaves behind.

#include <doctest/doctest.h>

#include <array>
#include <future>
#include <set>
#include <utility>

#include "crl/check.h"
#include "crl/store.h"
#include "pki/der.h"
#include "pki/oid.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"
#include "tests/support/test_keys.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

std::size_t count_files(const std::filesystem::path& folder) {
  std::size_t count = 0;
  if (!std::filesystem::exists(folder)) return 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    count += entry.is_regular_file();
  return count;
}

TEST_CASE("the first complete CRL of a scope is followed at once by an empty delta with the next number") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
  const PublicationReport report = world.publish();
  CHECK(report.complete == 4);
  CHECK(report.deltas == 4);
  CHECK(report.arls == 1);
  CHECK(report.entries == 2);
  for (const registry::CrlScope& scope : {kWhole, kKiyoseScope}) {
    const auto complete = world.current(scope, CrlKind::complete).value();
    const auto delta = world.current(scope, CrlKind::delta).value();
    CHECK(delta.number == complete.number + 1);
    CHECK(delta.base_number == complete.number);
    CHECK(complete.entries == 1);
    CHECK(delta.entries == 0);
  }
  CHECK(world.findings() == "");
}

TEST_CASE("a delta alone, asked for before anything was published, comes with its complete CRL") {
  World world;
  CHECK(world.publish(PublicationKind::delta_only).complete == 4);
  CHECK(world.publish(PublicationKind::delta_only).complete == 0);
}

TEST_CASE(
    "a delta with complete CRL m has its number and the complete CRL before as base; later ones have m") {
  World world;
  world.publish();
  const auto first = world.current(kKiyoseScope, CrlKind::complete).value();
  world.clock.advance(std::chrono::hours{24});
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  const auto second = world.current(kKiyoseScope, CrlKind::complete).value();
  const auto beside = world.current(kKiyoseScope, CrlKind::delta).value();
  CHECK(second.number > first.number + 1);
  CHECK(beside.number == second.number);
  CHECK(beside.base_number == first.number);
  CHECK(beside.entries == 1);
  world.clock.advance(std::chrono::minutes{15});
  world.publish(PublicationKind::delta_only);
  const auto later = world.current(kKiyoseScope, CrlKind::delta).value();
  CHECK(later.number > beside.number);
  CHECK(later.base_number == second.number);
  CHECK(later.entries == 0);
  CHECK(world.findings() == "");
}

TEST_CASE("numbers rise although the clock stands still") {
  World world;
  std::uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    world.publish();
    const auto complete = world.current(kWhole, CrlKind::complete).value();
    CHECK(complete.number > last);
    last = world.current(kWhole, CrlKind::delta)->number;
    CHECK(last >= complete.number);
  }
}

TEST_CASE("two generations of one CA share the numbers of one counter in a run") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  const registry::IssuerId second{pki::CaName::sign, 2};
  world.begin_generation(second, support::authority_keys()[1]);
  // The first run has a first complete CRL beside a further one of the other generation.
  std::uint64_t serial = 20;
  for (const auto kind : {PublicationKind::complete_and_delta, PublicationKind::complete_and_delta,
                          PublicationKind::delta_only, PublicationKind::changed_deltas}) {
    world.issue_revoked(serial++, kChiyoda, CrlReason::key_compromise);
    const PublicationReport report = world.publish(kind);
    CHECK(report.failures.empty());
    CHECK(report.deltas > 0);
    CHECK(world.findings() == "");
    world.clock.advance(std::chrono::minutes{45});
  }
  // A number names one list of a point, and that says the same whichever generation signed it.
  const registry::CrlScope whole_of_second{second, pki::kWholeGeneration};
  for (const pki::DistributionPoint point : {pki::kWholeGeneration, kKiyose, kSapporo, kChiyoda}) {
    std::size_t shared = 0;
    for (const registry::CrlRecord& record : registry::crls_of(world.environment->read(), {second, point})) {
      const auto other =
          registry::find_crl(world.environment->read(), {kIssuer, point}, record.kind, record.number);
      REQUIRE(other.has_value());
      CHECK(entries_of(world.bytes(*other)) == entries_of(world.bytes(record)));
      ++shared;
    }
    CHECK(shared >= 4);
  }
  CHECK(world.current(kWhole, CrlKind::complete)->entries == 3);
  CHECK(world.current(whole_of_second, CrlKind::complete)->entries == 3);
}

TEST_CASE("a list whose file is missing or cut is due at once") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::superseded);
  world.publish();
  const auto due = [&] {
    world.clock.advance(std::chrono::seconds{5});
    const PublicationReport report = world.publisher->publish_due(world.clock.now()).value();
    CHECK(report.failures.empty());
    return std::array{report.complete, report.deltas, report.arls};
  };
  using Made = std::array<std::uint64_t, 3>;
  const auto file = [&](CrlKind kind) { return path_of(world.options.folder, *world.current(kWhole, kind)); };
  CHECK(due() == Made{0, 0, 0});
  std::filesystem::remove(file(CrlKind::delta));
  CHECK(due() == Made{0, 4, 0});
  std::filesystem::remove(file(CrlKind::arl));
  CHECK(due() == Made{0, 0, 1});
  // Cut behind the first list: the whole's is there, those of the points are not.
  const auto whole = world.current(kWhole, CrlKind::complete).value();
  std::filesystem::resize_file(file(CrlKind::complete), whole.offset + whole.length);
  CHECK(due() == Made{3, 3, 0});
  CHECK(due() == Made{0, 0, 0});
  const CheckReport report = check_published(
      world.environment->read(),
      {.folder = world.options.folder, .now = world.clock.now(), .extent = CheckExtent::current});
  CHECK(report.findings.empty());
}

TEST_CASE("an expired certificate stays for one complete CRL after its expiry") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{30});
  world.revoke(10, CrlReason::key_compromise);
  const auto listed = [&] {
    world.publish();
    CHECK(world.findings() == "");
    return world.entries(kKiyoseScope, CrlKind::complete).size();
  };
  CHECK(listed() == 1);
  world.clock.advance(std::chrono::hours{24});
  CHECK(listed() == 1);
  world.clock.advance(std::chrono::hours{24});
  CHECK(listed() == 1);  // Expired since the last one.
  world.clock.advance(std::chrono::hours{24});
  CHECK(listed() == 0);
}

TEST_CASE("an extra complete CRL does not count as the one after a certificate's expiry") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{3});
  world.revoke(10, CrlReason::key_compromise);
  const auto publish = [&] {
    world.publish();
    CHECK(world.findings() == "");
    return world.current(kKiyoseScope, CrlKind::complete).value();
  };
  CHECK(publish().occasion == registry::CrlOccasion::regular);
  world.clock.advance(std::chrono::hours{4});  // 18:00 in Japan: expired.
  for (int i = 0; i < 3; ++i) {
    const auto extra = publish();
    CHECK(extra.occasion == registry::CrlOccasion::extra);
    CHECK(extra.entries == 1);
    world.clock.advance(std::chrono::hours{1});
  }
  world.clock.advance(std::chrono::hours{8});  // Past 05:00.
  const auto regular = publish();
  CHECK(regular.occasion == registry::CrlOccasion::regular);
  CHECK(regular.entries == 1);
  world.clock.advance(std::chrono::hours{1});
  CHECK(publish().entries == 0);
}

TEST_CASE("a complete CRL by hand after the daily mark is the day's regular one") {
  World world;
  world.publish();
  world.clock.advance(std::chrono::hours{16});  // 06:00 in Japan.
  CHECK(world.publisher->is_complete_due(world.clock.now()));
  world.publish();
  CHECK(world.current(kWhole, CrlKind::complete)->occasion == registry::CrlOccasion::regular);
  CHECK_FALSE(world.publisher->is_complete_due(world.clock.now()));
}

TEST_CASE("a certificate that expired before the first complete CRL is not on it") {
  World world;
  world.issue(10, kKiyose, std::chrono::hours{1});
  world.revoke(10, CrlReason::key_compromise);
  world.clock.advance(std::chrono::hours{2});
  world.publish();
  CHECK(world.entries(kKiyoseScope, CrlKind::complete).empty());
}

TEST_CASE("only the scopes that changed get a new delta between the complete CRLs") {
  World world;
  world.publish();
  world.clock.advance(std::chrono::minutes{1});
  CHECK(world.publish(PublicationKind::changed_deltas).deltas == 0);
  world.issue(11, kSapporo, std::chrono::hours{1000});
  CHECK(world.publish(PublicationKind::changed_deltas).deltas == 0);
  world.issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
  const PublicationReport report = world.publish(PublicationKind::changed_deltas);
  CHECK(report.deltas == 2);
  CHECK(report.complete == 0);
  CHECK(world.entries(kKiyoseScope, CrlKind::delta).size() == 1);
  CHECK(world.findings() == "");
}

TEST_CASE(
    "the schedule: changed scopes at the quarter hours, the rest before nextUpdate, complete ones daily") {
  World world;
  const auto due = [&] { return world.publisher->publish_due(world.clock.now()).value(); };
  CHECK(world.publisher->is_complete_due(world.clock.now()));
  CHECK(due().complete == 4);
  CHECK_FALSE(world.publisher->is_complete_due(world.clock.now()));
  world.issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
  world.clock.advance(std::chrono::minutes{14});
  CHECK_FALSE(world.publisher->is_delta_due(world.clock.now()));
  CHECK(due().deltas == 0);
  world.clock.advance(std::chrono::minutes{1});
  CHECK(world.publisher->is_delta_due(world.clock.now()));
  CHECK(due().deltas == 2);
  world.clock.advance(std::chrono::minutes{45});
  CHECK(due().deltas == 2);                     // The two that did not change end within half an hour.
  world.clock.advance(std::chrono::hours{14});  // 05:00 in Japan, after downtime.
  const PublicationReport daily = due();
  CHECK(daily.complete == 4);
  CHECK(daily.deltas == 4);
  CHECK(due().complete == 0);
  CHECK(world.findings() == "");
}

TEST_CASE("with `used` only points that have certificates are published, beside the whole generation") {
  World world;
  world.issue(10, kChiyoda, std::chrono::hours{1000});
  PublisherOptions options = world.options;
  options.scopes = ScopeSelection::used;
  Publisher publisher(*world.environment, *world.writer, world.clock, world.issuers, options);
  CHECK(publisher.publish(PublicationKind::complete_and_delta)->complete == 2);
  CHECK(world.current({kIssuer, kChiyoda}, CrlKind::complete));
  CHECK_FALSE(world.current(kKiyoseScope, CrlKind::complete));
}

TEST_CASE(
    "a list that fails its check is not released, its number not used again, and the former one stays") {
  World world;
  world.publish();
  const auto before = world.current(kWhole, CrlKind::complete).value();
  const std::size_t files = count_files(world.options.folder);
  world.issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
  world.clock.advance(std::chrono::hours{1});
  world.signer->broken = true;
  const auto report = world.publisher->publish(PublicationKind::complete_and_delta).value();
  CHECK(report.complete == 0);
  CHECK(report.failures.size() == 9);
  CHECK(report.failures.front().reason.in(pki::Language::en).find("signature") != std::string::npos);
  CHECK(world.publisher->status().last_failure->in(pki::Language::en).find("stay current") !=
        std::string::npos);
  CHECK(world.current(kWhole, CrlKind::complete)->number == before.number);
  CHECK(count_files(world.options.folder) == files);
  const auto used = registry::last_crl_number(world.environment->read(), kIssuer.ca, pki::kWholeGeneration);
  world.signer->broken = false;
  world.publish();
  CHECK(world.current(kWhole, CrlKind::complete)->number > used);
  CHECK_FALSE(world.publisher->status().last_failure);
  CHECK(world.publisher->status().last_success == world.clock.now());
  CHECK(world.findings() == "");
}

TEST_CASE("a folder that cannot be written is reported and changes nothing") {
  World world;
  PublisherOptions options = world.options;
  options.folder = world.folder.path() / "file" / "crl";
  support::write_file(world.folder.path() / "file", {});
  Publisher publisher(*world.environment, *world.writer, world.clock, world.issuers, options);
  const auto report = publisher.publish(PublicationKind::complete_and_delta);
  REQUIRE(report.has_error());
  CHECK(report.error().code == pki::Errc::internal);
  CHECK(publisher.status().last_failure);
  CHECK_FALSE(world.current(kWhole, CrlKind::complete));
}

TEST_CASE("a key that is not the generation's never comes to a publisher") {
  World world;
  pki::Rng rng = pki::Rng::seeded(1);
  const auto other = pki::make_openssl_signer(pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng));
  const auto record = registry::find_issuer(world.environment->read(), kIssuer).value();
  CHECK(registry::SigningIssuer::make(record, other).error().code == pki::Errc::malformed);
}

TEST_CASE("the sweep removes what a crash left and nothing that is recorded") {
  World world;
  world.publish();
  const std::filesystem::path folder = world.options.folder / "sign-1";
  const std::size_t files = count_files(folder);
  support::write_file(folder / "complete-7.crls", pki::as_bytes("renamed, not recorded"));
  support::write_file(folder / "delta-9.crls.tmp", pki::as_bytes("not renamed"));
  support::write_file(folder / "notes.txt", pki::as_bytes("not ours"));
  const OrphanSweep sweep = sweep_orphans(world.environment->read(), world.options.folder);
  CHECK(sweep.removed == 2);
  CHECK(sweep.greatest_number == world.current(kWhole, CrlKind::delta)->number);
  CHECK(count_files(folder) == files + 1);
  CHECK(world.findings() == "");
}

TEST_CASE("progress is reported up to the end") {
  World world;
  std::uint64_t last = 0, total = 0;
  const auto note = [&](std::uint64_t done, std::uint64_t all) {
    CHECK(done > last);
    last = done;
    total = all;
  };
  CHECK(world.publisher->publish(PublicationKind::complete_and_delta, note).has_value());
  CHECK(last == total);
  CHECK(total == 9);
}

TEST_CASE("a publisher that is stopped releases nothing that is not finished, and begins no run") {
  World world;
  world.issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
  const auto stop = [&](std::uint64_t, std::uint64_t) { world.publisher->stop(); };
  const auto stopped = world.publisher->publish(PublicationKind::complete_and_delta, stop);
  REQUIRE(stopped.has_error());
  CHECK(stopped.error().code == pki::Errc::too_busy);
  CHECK_FALSE(world.current(kWhole, CrlKind::complete).has_value());
  CHECK(world.publisher->publish_due(world.clock.now()).has_error());

  world.close();
  world.reopen();
  CHECK(world.publish().complete == 4);
  CHECK(world.findings() == "");
}

TEST_CASE("the timer's run is refused while another is going on") {
  World world;
  std::optional<pki::Errc> refusal;
  const auto try_again = [&](std::uint64_t, std::uint64_t) {
    const auto second = world.publisher->publish_due(world.clock.now());
    if (second.has_error()) refusal = second.error().code;
  };
  CHECK(world.publisher->publish(PublicationKind::complete_and_delta, try_again).has_value());
  CHECK(refusal == pki::Errc::conflict);
}

TEST_CASE("a run that waits for its turn follows the one that is going on") {
  World world;
  std::future<pki::Result<PublicationReport>> next;
  const auto begin_another = [&](std::uint64_t, std::uint64_t) {
    if (next.valid()) return;
    next = std::async(std::launch::async, [&] { return world.publisher->publish_due_in_turn(); });
  };
  CHECK(world.publisher->publish(PublicationKind::complete_and_delta, begin_another).has_value());
  REQUIRE(next.valid());
  CHECK(next.get().has_value());
}

TEST_CASE("a P-256 CA publishes as well") {
  pki::Rng rng = pki::Rng::seeded(2);
  World world(pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng));
  for (std::uint64_t serial = 10; serial < 20; ++serial)
    world.issue_revoked(serial, kKiyose, CrlReason::superseded);
  for (int i = 0; i < 5; ++i)
    world.publish();
  CHECK(world.findings() == "");
}

}  // namespace

}  // namespace crl::testing
