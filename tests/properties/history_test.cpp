// Random histories of residents, through the real issuing, events, publication and OCSP: after each step
// every view of the store tells the same story.

#include <doctest/doctest.h>

#include "pki/random.h"
#include "tests/support/seed.h"
#include "tests/support/world.h"

namespace support {

namespace {

using law::Event;
using pki::CertificateKind;

// What the world should be, kept apart from it: the state of each certificate by the words of docs/law.md.
class Model {
 public:
  void issued(const registry::CertificateId& id, CertificateKind kind) { states_[id] = {kind, "good", {}}; }
  // What an event does to one certificate of its holder.
  void happen(const registry::CertificateId& id, Event event, pki::Time now) {
    Entry& entry = states_.at(id);
    const bool sign = entry.kind == CertificateKind::sign;
    if (entry.state != "good" && entry.state != "certificateHold") return;
    if (event == Event::hold) {
      if (entry.state == "good") entry = {entry.kind, "certificateHold", now};
    } else if (event == Event::release) {
      if (!sign && entry.state == "certificateHold") entry = {entry.kind, "good", {}};
    } else if (event == Event::death) {
      revoke(entry, "cessationOfOperation", now);
    } else if (event == Event::key_notice) {
      revoke(entry, "keyCompromise", now);
    } else if (sign && (event == Event::address_change || event == Event::name_change)) {
      revoke(entry, "affiliationChanged", now);
    }
  }
  void superseded(const registry::CertificateId& id, pki::Time now) {
    revoke(states_.at(id), "superseded", now);
  }
  void check(const World& world) const {
    for (const auto& [id, entry] : states_) {
      const auto shown = to_string(id);
      CAPTURE(shown);
      CHECK(world.state(id) == entry.state);
      if (entry.state != "good") CHECK(world.status(id)->revocation->date == entry.date);
    }
  }
  // The one in force, if any.
  [[nodiscard]] std::optional<registry::CertificateId> in_force(
      const std::vector<registry::CertificateId>& held, CertificateKind kind) const {
    for (const auto& id : held) {
      const Entry& entry = states_.at(id);
      if (entry.kind == kind && (entry.state == "good" || entry.state == "certificateHold")) return id;
    }
    return std::nullopt;
  }

 private:
  struct Entry {
    CertificateKind kind = CertificateKind::sign;
    std::string state;
    pki::Time date;
  };
  static void revoke(Entry& entry, const char* reason, pki::Time now) {
    // A hold that becomes a revocation keeps its date.
    entry = {entry.kind, reason, entry.state == "certificateHold" ? entry.date : now};
  }

  std::map<registry::CertificateId, Entry> states_;
};

class History {
 public:
  explicit History(std::uint64_t seed) : rng_(pki::Rng::seeded(seed)) {}

  void run(int steps) {
    publish(crl::PublicationKind::complete_and_delta);
    for (int i = 0; i < steps; ++i) {
      CAPTURE(i);
      const std::uint64_t dice = rng_.below(20);
      if (dice < 4)
        enter();
      else if (dice < 10)
        issue();
      else if (dice < 16)
        happen();
      else if (dice < 17)
        world_.clock.advance(pki::Seconds{static_cast<std::int64_t>(rng_.below(7200))});
      else if (dice < 19)
        publish(crl::PublicationKind::delta_only);
      else
        publish(crl::PublicationKind::complete_and_delta);
      model_.check(world_);
      world_.check();
    }
    publish(crl::PublicationKind::complete_and_delta);
    world_.check();
  }

 private:
  void enter() {
    static constexpr std::array kPlaces = {kKiyose, kSetagaya, kSapporoChuo, kEsashiSoya};
    residents_.push_back(world_.add_resident([&](registry::Resident& resident) {
      resident.municipality = kPlaces[rng_.below(kPlaces.size())];
      resident.birth = day(1940 + static_cast<int>(rng_.below(60)), 1 + static_cast<unsigned>(rng_.below(12)),
                           1 + static_cast<unsigned>(rng_.below(28)));
    }));
  }

  void issue() {
    if (residents_.empty()) return;
    const auto id = residents_[rng_.below(residents_.size())];
    const auto kind = rng_.below(2) == 0 ? CertificateKind::sign : CertificateKind::auth;
    const bool renews = rng_.below(3) == 0;
    const auto present = model_.in_force(registry::certificates_of(world_.read(), id), kind);
    const bool removed = world_.resident(id).residency == registry::Residency::removed;
    const auto issued = world_.issuance->issue(world_.with_new_key(
        AuthorityWorld::issue_request(id, kind, renews ? ca::IssueMode::renewal : ca::IssueMode::initial)));
    const bool expected = !removed && (renews || !present);
    CHECK(issued.has_value() == expected);
    if (!issued) return;
    if (present) model_.superseded(*present, world_.clock.now());
    model_.issued(issued->id, kind);
  }

  void happen() {
    if (residents_.empty()) return;
    static constexpr std::array kEvents = {Event::address_change, Event::name_change, Event::hold,
                                           Event::hold,           Event::release,     Event::release,
                                           Event::key_notice,     Event::death};
    support::EventDraft request;
    request.resident = residents_[rng_.below(residents_.size())];
    request.event = kEvents[rng_.below(kEvents.size())];
    // People should not die too soon for the rest to happen.
    if (request.event == Event::death && rng_.below(2) == 0) return;
    if (request.event == Event::address_change)
      request.address = "東京都清瀬市模擬町" + std::to_string(++changes_) + "番";
    if (request.event == Event::name_change) request.name = "模擬　" + std::to_string(++changes_);
    const registry::Resident resident = world_.resident(request.resident);
    const auto held = registry::certificates_of(world_.read(), request.resident);
    const auto plan = world_.event(request, municipality(resident.municipality));
    if (plan.has_error()) {
      // Refused by the law alone: the removed, and a release of what is not held.
      INFO(plan.error().text());
      CHECK(plan.error().code == pki::Errc::refused_by_law);
      return;
    }
    for (const auto& id : held)
      model_.happen(id, request.event, world_.clock.now());
  }

  void publish(crl::PublicationKind kind) {
    world_.publish(kind);
    world_.check_lists_are_current();
  }

  pki::Rng rng_;
  // Addresses are not what is told here.
  World world_{{.addresses = law::AddressRule::any}};
  Model model_;
  std::vector<registry::ResidentId> residents_;
  // From 1 on, so that no address is the one that everybody begins with, written in another width.
  int changes_ = 1;
};

}  // namespace

TEST_CASE("for random histories of residents all views of the store agree after each step") {
  for (std::uint64_t round = 0; round < 4; ++round) {
    CAPTURE(support::seed());
    CAPTURE(round);
    History(support::seed() * 1'000 + round).run(120);
  }
}

}  // namespace support
