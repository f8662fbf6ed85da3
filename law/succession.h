// A new certificate in place of an old one: the old one is superseded, and the resident's history says so.

#pragma once

#include <vector>

#include "law/eligibility.h"
#include "registry/events.h"
#include "registry/issuance.h"
#include "store/vault.h"
#include "store/writer.h"

namespace law {

// Records the renewal (holder's application and new issue in one): the predecessors as superseded, held ones
// with the date of their hold, and the event.
void supersede(store::CommandContext& context, const store::Vault& vault, const registry::Intent& intent,
               const std::vector<CertificateInForce>& predecessors);

}  // namespace law
