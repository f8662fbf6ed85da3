// Random histories of a CA name with up to three generations, of which one is compromised: whatever lists a
// verifier was handed, by whichever keys, they tell it the state of every certificate.

#include <doctest/doctest.h>

#include <map>
#include <sstream>

#include "pki/random.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"
#include "tests/support/seed.h"
#include "tests/support/test_keys.h"

namespace crl::testing {

namespace {

using namespace std::chrono_literals;
using registry::CrlKind;

// The reasons of what is listed, by serial.
using Listed = std::map<std::uint64_t, pki::CrlReason>;

void take_up(Listed& listed, const std::vector<SeenEntry>& entries) {
  for (const SeenEntry& entry : entries)
    if (entry.reason == pki::CrlReason::remove_from_crl)
      listed.erase(entry.serial);
    else
      listed[entry.serial] = entry.reason;
}

// A verifier that keeps one list and applies deltas to it as RFC 5280 section 5.2.4 allows: the delta's base
// is not newer than the list, and the list is older than the delta. Keys are not looked at.
class Verifier {
 public:
  explicit Verifier(pki::DistributionPoint point) : point_(point) {}

  [[nodiscard]] pki::DistributionPoint point() const { return point_; }
  [[nodiscard]] const Listed& listed() const { return listed_; }

  // Takes up the delta, or the complete list of another key when the delta does not fit.
  void update(const World& world, const registry::CrlRecord& delta, const registry::CrlRecord& complete) {
    if (!number_ || *number_ < delta.base_number) {
      listed_.clear();
      take_up(listed_, entries_of(world.bytes(complete)));
      number_ = complete.number;
    }
    if (*number_ >= delta.number) return;
    take_up(listed_, entries_of(world.bytes(delta)));
    number_ = delta.number;
  }

 private:
  pki::DistributionPoint point_;
  std::optional<std::uint64_t> number_;
  Listed listed_;
};

class GenerationsHistory {
 public:
  explicit GenerationsHistory(std::uint64_t seed) : rng_(pki::Rng::seeded(seed)) {
    for (const pki::DistributionPoint point : kPoints)
      verifiers_.emplace_back(point);
    publish(PublicationKind::complete_and_delta);
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      CAPTURE(step);
      world_.clock.advance(pki::Seconds{1 + static_cast<std::int64_t>(rng_.below(600))});
      if (step == steps / 4 || step == steps / 2) roll();
      if (step == 2 * steps / 3) world_.compromise();
      act();
      if (is_filling(step, steps)) world_.fill_in(kIssuer, 1 + rng_.below(5));
    }
    while (!world_.fill_in(kIssuer, 10)) {
    }
    world_.clock.advance(1s);
    publish(PublicationKind::complete_and_delta);
  }

 private:
  static constexpr std::array kPoints = {pki::kWholeGeneration, kKiyose, kSapporo, kChiyoda};
  static constexpr std::size_t kMany = 12;

  static bool is_filling(int step, int steps) { return step > 2 * steps / 3 && step < 5 * steps / 6; }

  void roll() {
    const auto generation = static_cast<std::uint8_t>(world_.issuers.size() + 1);
    world_.begin_generation({pki::CaName::sign, generation}, support::authority_keys().at(generation - 1U));
    world_.publish(PublicationKind::delta_only);
  }

  void act() {
    const std::uint64_t dice = rng_.below(20);
    if (dice < 5)
      issue();
    else if (dice < 13)
      change();
    else if (dice < 17)
      publish(PublicationKind::delta_only);
    else if (dice < 18)
      publish(PublicationKind::complete_and_delta);
    else if (dice < 19)
      world_.clock.advance(pki::Seconds{static_cast<std::int64_t>(rng_.below(40 * 3600))});
    else
      publish_with_a_broken_key();
  }

  // The newest generation issues, sometimes for a day only.
  void issue() {
    const registry::IssuerId newest{pki::CaName::sign, static_cast<std::uint8_t>(world_.issuers.size())};
    const std::uint64_t serial = 100 + certificates_.size();
    const pki::DistributionPoint point = kPoints[1 + rng_.below(3)];
    world_.issue(serial, point, rng_.below(3) == 0 ? 24h : 24h * 365, newest);
    certificates_.push_back({newest, {serial}});
  }

  void change() {
    if (certificates_.empty()) return;
    const auto id = certificates_[rng_.below(certificates_.size())];
    const auto revocation = status_of(id).revocation;
    if (!revocation)
      rng_.below(3) == 0 ? world_.revoke(id.serial.value, pki::CrlReason::superseded)
                         : world_.hold(id.serial.value);
    else if (revocation->is_hold())
      rng_.below(4) == 0 ? world_.revoke(id.serial.value, pki::CrlReason::key_compromise)
                         : world_.release(id.serial.value);
  }

  [[nodiscard]] registry::Status status_of(const registry::CertificateId& id) const {
    return registry::find_status(world_.environment->read(), id).value();
  }

  void publish(PublicationKind kind) {
    world_.publish(kind);
    check();
  }

  void publish_with_a_broken_key() {
    world_.signer->broken = true;
    REQUIRE(world_.publisher->publish(PublicationKind::delta_only).has_value());
    world_.signer->broken = false;
    check();
  }

  // Every list of a scope that is not older than some others.
  [[nodiscard]] std::vector<registry::CrlRecord> recent(pki::DistributionPoint point, CrlKind kind) const {
    std::vector<registry::CrlRecord> records;
    for (const registry::SigningIssuer& issuer : world_.issuers) {
      auto record = world_.current({issuer.id(), point}, kind);
      for (std::size_t i = 0; record && i < kMany; ++i) {
        records.push_back(*record);
        record = registry::crl_below(world_.environment->read(), {issuer.id(), point}, kind, record->number);
      }
    }
    return records;
  }

  // But that a list is late: time leaps here, and no timer runs.
  [[nodiscard]] std::string findings() const {
    std::string all;
    std::istringstream lines(world_.findings());
    for (std::string line; std::getline(lines, line);)
      if (line.find("nextUpdate has passed") == std::string::npos) all += line + "\n";
    return all;
  }

  void check() {
    CHECK(findings() == "");
    for (Verifier& verifier : verifiers_) {
      const pki::DistributionPoint point = verifier.point();
      const auto completes = recent(point, CrlKind::complete);
      std::vector<registry::CrlRecord> deltas;
      for (const registry::CrlRecord& delta : recent(point, CrlKind::delta))
        if (delta.this_update == world_.clock.now()) deltas.push_back(delta);
      for (const registry::CrlRecord& complete : completes) {
        Listed alone;
        take_up(alone, entries_of(world_.bytes(complete)));
        if (complete.this_update == world_.clock.now()) compare(point, alone);
        for (const registry::CrlRecord& delta : deltas) {
          if (complete.number < delta.base_number || complete.number >= delta.number) continue;
          Listed both = alone;
          take_up(both, entries_of(world_.bytes(delta)));
          compare(point, both);
        }
      }
      if (deltas.empty()) continue;
      const auto newest =
          world_.current({world_.issuers[rng_.below(world_.issuers.size())].id(), point}, CrlKind::complete);
      const registry::CrlRecord& delta = deltas[rng_.below(deltas.size())];
      verifier.update(world_, delta,
                      newest && newest->number >= delta.base_number ? *newest : base_of(delta));
      compare(point, verifier.listed());
    }
  }

  [[nodiscard]] registry::CrlRecord base_of(const registry::CrlRecord& delta) const {
    return registry::find_crl(world_.environment->read(), delta.scope, CrlKind::complete, *delta.base_number)
        .value();
  }

  // Of what has not expired, `listed` has what is not good, and nothing else.
  void compare(pki::DistributionPoint point, const Listed& listed) const {
    for (const registry::CertificateId& id : certificates_) {
      const registry::Status status = status_of(id);
      const bool is_in_scope = point.is_whole_generation() || status.point == point;
      if (!is_in_scope || status.not_after < world_.clock.now()) continue;
      const auto at = listed.find(id.serial.value);
      const auto found = at == listed.end() ? std::nullopt : std::optional(at->second);
      const auto wanted = status.revocation ? std::optional(status.revocation->reason) : std::nullopt;
      if (found != wanted) {
        const std::string certificate = to_string(id);
        CAPTURE(certificate);
        FAIL("the lists do not tell the state of a certificate");
      }
    }
  }

  pki::Rng rng_;
  World world_;
  std::vector<registry::CertificateId> certificates_;
  std::vector<Verifier> verifiers_;
};

TEST_CASE("any lists of a name, by any of its keys, give the state of every certificate") {
  for (std::uint64_t round = 0; round < 3; ++round) {
    CAPTURE(support::seed());
    CAPTURE(round);
    GenerationsHistory(support::seed() * 1'000 + round).run(120);
  }
}

}  // namespace

}  // namespace crl::testing
