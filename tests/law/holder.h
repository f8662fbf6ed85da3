// A resident of Kiyose with both certificates, as tests of the law tell of one.

#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "tests/support/authority_world.h"

namespace law {

using support::EventDraft;

struct Holder {
  explicit Holder(support::AuthorityWorld& world, const std::function<void(registry::Resident&)>& change = {})
      : world(world),
        id(world.add_resident(change)),
        auth(world.issue(id, pki::CertificateKind::auth).id),
        sign(world.issue(id, pki::CertificateKind::sign).id) {}

  [[nodiscard]] EventDraft about(Event event) const { return {.resident = id, .event = event}; }
  // "sign/auth", e.g. "affiliationChanged/good".
  [[nodiscard]] std::string states() const { return world.state(sign) + "/" + world.state(auth); }

  support::AuthorityWorld& world;
  registry::ResidentId id;
  registry::CertificateId auth, sign;
};

// One of whom the municipality tells.
struct ReportingHolder : Holder {
  using Holder::Holder;

  // Must be accepted.
  EventPlan record(const EventDraft& draft,
                   const registry::Actor& actor = support::municipality(support::kKiyose)) {
    auto plan = world.event(draft, actor);
    INFO((plan ? std::string() : plan.error().text()));
    REQUIRE(plan.has_value());
    return *plan;
  }
  // Must be refused, and nothing may have been written.
  pki::Error refused(const EventDraft& draft,
                     const registry::Actor& actor = support::municipality(support::kKiyose)) {
    const auto before = world.dump();
    const auto plan = world.event(draft, actor);
    REQUIRE(plan.has_error());
    CHECK(world.dump() == before);
    // A dry run says the same.
    if (const auto request = draft.request()) {
      const auto dry =
          plan_event(world.read(), world.vault, *request, actor, world.clock.now(), world.policy);
      REQUIRE(dry.has_error());
      CHECK(dry.error().text() == plan.error().text());
    }
    return plan.error();
  }
};

}  // namespace law
