// A resident of Kiyose with both certificates, as tests of the law tell of one.

#pragma once

#include <functional>
#include <string>

#include "tests/support/authority_world.h"

namespace law {

struct Holder {
  explicit Holder(support::AuthorityWorld& world, const std::function<void(registry::Resident&)>& change = {})
      : world(world),
        id(world.add_resident(change)),
        auth(world.issue(id, pki::CertificateKind::auth).id),
        sign(world.issue(id, pki::CertificateKind::sign).id) {}

  [[nodiscard]] EventRequest about(Event event) const {
    EventRequest request;
    request.resident = id;
    request.event = event;
    return request;
  }
  // "sign/auth", e.g. "affiliationChanged/good".
  [[nodiscard]] std::string states() const { return world.state(sign) + "/" + world.state(auth); }

  support::AuthorityWorld& world;
  registry::ResidentId id;
  registry::CertificateId auth, sign;
};

}  // namespace law
