// Random histories: complete(n) + delta(n → m) = complete(m) = the status table, for every scope and step.

#include <doctest/doctest.h>

#include <map>

#include "pki/random.h"
#include "tests/crl/world.h"
#include "tests/support/seed.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

using Listed = std::map<std::uint64_t, SeenEntry>;

// What a verifier has that keeps a list and applies a delta to it.
Listed with_delta(const std::vector<SeenEntry>& delta, Listed listed) {
  for (const SeenEntry& entry : delta) {
    listed.erase(entry.serial);
    if (entry.reason != CrlReason::remove_from_crl) listed.emplace(entry.serial, entry);
  }
  return listed;
}

Listed by_serial(const std::vector<SeenEntry>& entries) {
  return with_delta(entries, {});
}

class History {
 public:
  explicit History(std::uint64_t seed) : rng_(pki::Rng::seeded(seed)) {}

  void run(int steps) {
    world_.publish();
    remember();
    for (int i = 0; i < steps; ++i) {
      const std::uint64_t dice = rng_.below(24);
      if (dice < 14)
        happen();
      else if (dice < 16)
        world_.clock.advance(pki::Seconds{static_cast<std::int64_t>(rng_.below(7200))});
      else if (dice < 18)
        publish(PublicationKind::delta_only);
      else if (dice == 18)
        publish(PublicationKind::changed_deltas);
      else if (dice == 19)
        publish(PublicationKind::complete_and_delta);
      else if (dice < 22)
        publish_due();
      else if (dice == 22)
        restart();
      else
        set_clock_back();
    }
    publish(PublicationKind::complete_and_delta);
  }

 private:
  void happen() {
    if (serials_.empty() || rng_.below(3) == 0) {
      const std::uint64_t serial = next_serial_;
      next_serial_ += 1 + rng_.below(300);
      // Some expire during the history.
      world_.issue(serial, points_[rng_.below(3)],
                   pki::Seconds{static_cast<std::int64_t>(rng_.below(48 * 3600))});
      serials_.push_back(serial);
      return;
    }
    const std::uint64_t serial = serials_[rng_.below(serials_.size())];
    const auto status = registry::find_status(world_.environment->read(), {kIssuer, {serial}}).value();
    if (status.not_after < world_.clock.now()) return;
    if (!status.revocation) {
      world_.revoke(serial,
                    rng_.below(2) == 0 ? CrlReason::certificate_hold : CrlReason::affiliation_changed);
    } else if (status.revocation->is_hold()) {
      if (rng_.below(2) == 0)
        world_.release(serial);
      else
        world_.revoke(serial, CrlReason::cessation_of_operation);
    }
  }

  void publish(PublicationKind kind) {
    world_.publish(kind);
    CHECK(world_.findings() == "");
    for (const registry::CrlScope& scope : scopes_)
      compare(scope, kind);
    remember();
  }

  // The timer's turn, sometimes after a night.
  void publish_due() {
    if (rng_.below(3) == 0) world_.clock.advance(std::chrono::hours{10});
    const PublicationReport report = world_.publisher->publish_due(world_.clock.now()).value();
    CHECK(report.failures.empty());
    const auto kind =
        report.complete > 0 ? PublicationKind::complete_and_delta : PublicationKind::changed_deltas;
    for (const registry::CrlScope& scope : scopes_)
      if (report.deltas == scopes_.size()) compare(scope, kind);
    remember();
  }

  void restart() {
    world_.close();
    world_.reopen();
  }

  // Either nothing is written while the clock is wrong, or the numbers rise all the same.
  void set_clock_back() {
    const pki::Seconds by{static_cast<std::int64_t>(1 + rng_.below(100'000))};
    const auto before = world_.current(kWhole, CrlKind::delta).value();
    world_.clock.advance(-by);
    if (rng_.below(2) == 0) restart();
    const auto report = world_.publisher->publish(PublicationKind::complete_and_delta);
    const auto after = world_.current(kWhole, CrlKind::delta).value();
    if (report.has_error())
      CHECK(after.number == before.number);
    else
      CHECK(after.number > before.number);
    world_.clock.advance(by);
    publish(PublicationKind::complete_and_delta);
    CHECK(world_.current(kWhole, CrlKind::delta)->number > after.number);
  }

  void compare(const registry::CrlScope& scope, PublicationKind kind) {
    const auto delta = world_.current(scope, CrlKind::delta).value();
    const auto base =
        registry::find_crl(world_.environment->read(), scope, CrlKind::complete, *delta.base_number);
    const std::vector<SeenEntry> changes = entries_of(world_.bytes(delta));
    const Listed truth = unexpired(status_table(scope));
    CHECK(unexpired(with_delta(changes, by_serial(entries_of(world_.bytes(*base))))) == truth);
    // A verifier that kept what it had after the run before, and whose list is at least the base.
    if (kept_[scope].base_number == delta.base_number)
      CHECK(unexpired(with_delta(changes, kept_[scope].listed)) == truth);
    if (kind == PublicationKind::complete_and_delta)
      CHECK(unexpired(by_serial(world_.entries(scope, CrlKind::complete))) == truth);
  }

  void remember() {
    for (const registry::CrlScope& scope : scopes_) {
      const auto delta = world_.current(scope, CrlKind::delta).value();
      const auto base =
          registry::find_crl(world_.environment->read(), scope, CrlKind::complete, *delta.base_number);
      kept_[scope] = {delta.base_number, with_delta(entries_of(world_.bytes(delta)),
                                                    by_serial(entries_of(world_.bytes(*base))))};
    }
  }

  Listed status_table(const registry::CrlScope& scope) {
    Listed listed;
    for (const std::uint64_t serial : serials_) {
      const auto status = registry::find_status(world_.environment->read(), {kIssuer, {serial}}).value();
      const bool in_scope = scope.point.is_whole_generation() || status.point == scope.point;
      if (in_scope && status.revocation)
        listed.emplace(serial, SeenEntry{serial, status.revocation->date, status.revocation->reason});
    }
    return listed;
  }

  Listed unexpired(Listed listed) {
    std::erase_if(listed, [&](const auto& item) {
      const auto status = registry::find_status(world_.environment->read(), {kIssuer, {item.first}}).value();
      return status.not_after < world_.clock.now();
    });
    return listed;
  }

  struct Kept {
    std::optional<std::uint64_t> base_number;
    Listed listed;
  };

  pki::Rng rng_;
  World world_;
  std::vector<pki::DistributionPoint> points_{kKiyose, kSapporo, kChiyoda};
  std::vector<registry::CrlScope> scopes_{kWhole, kKiyoseScope, {kIssuer, kSapporo}, {kIssuer, kChiyoda}};
  std::vector<std::uint64_t> serials_;
  std::uint64_t next_serial_ = 100;
  std::map<registry::CrlScope, Kept> kept_;
};

TEST_CASE("for random histories base + delta = complete = status") {
  for (std::uint64_t round = 0; round < 6; ++round) {
    CAPTURE(support::seed());
    CAPTURE(round);
    History(support::seed() * 1000 + round).run(120);
  }
}

}  // namespace

}  // namespace crl::testing
