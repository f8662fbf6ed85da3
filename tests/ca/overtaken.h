// Issues between whose steps something happens, for the tests of issuing.

#pragma once

#include <doctest/doctest.h>

#include "registry/issuance.h"
#include "tests/support/authority_world.h"

namespace ca {

// Issues one certificate of each kind to somebody else, so that serials are reserved and an issue then takes
// two batches of the writer: intent and record.
inline void reserve_serials(support::AuthorityWorld& world) {
  const auto id = world.add_resident();
  world.issue(id, pki::CertificateKind::auth);
  world.issue(id, pki::CertificateKind::sign);
}

inline support::EventDraft event_of(registry::ResidentId id, law::Event event) {
  support::EventDraft request;
  request.resident = id;
  request.event = event;
  return request;
}

// Has the event recorded in the batch of the issue's intent, right behind it.
inline void record_after_intent(support::AuthorityWorld& world, const support::EventDraft& request,
                                const registry::Actor& actor = support::with_role(registry::Role::officer)) {
  world.clock.at_batch(1, [&world, request, actor] {
    world.writer->submit(world.event_command(request.request().value(), actor),
                         [](const pki::Result<void>& result) { CHECK(result.has_value()); });
  });
}

inline void check_nothing_open(const support::AuthorityWorld& world) {
  CHECK(registry::open_intents(world.read(), world.vault).empty());
  CHECK(world.read().count(registry::tables::reservations) == 0);
}

}  // namespace ca
