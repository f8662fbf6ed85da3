// A new certificate in place of an old one: the old one is superseded, and the resident's history says so.

#pragma once

#include <vector>

#include "ca/eligibility.h"
#include "registry/events.h"
#include "registry/issuance.h"
#include "registry/vault.h"
#include "registry/writer.h"

namespace ca {

// Records the renewal (holder's application and new issue in one): the predecessors as superseded, held ones
// with the date of their hold, and the event.
void supersede(registry::CommandContext& context, const registry::Vault& vault,
               const registry::Intent& intent, const std::vector<CertificateInForce>& predecessors);

}  // namespace ca
