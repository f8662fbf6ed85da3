// How an agreement (取決め, 規則31) says that a verifier may be recognised.

#pragma once

#include <optional>
#include <vector>

#include "admin/json.h"
#include "pki/network.h"
#include "verifier/verifiers.h"

namespace admin {

struct AgreementItems {
  std::vector<pki::Network> networks;
  bool signature = false;
  bool tls = false;
  // The verifier's own CA for request signatures, DER.
  std::optional<pki::Bytes> ca;
};

// The fields `network`, `signature`, `tls` and `ca`.
[[nodiscard]] pki::Result<AgreementItems> read_agreement(FieldReader& fields);
// Adds them to what is registered. Errc::conflict for a network or a CA of another verifier: nobody could say
// who asks; Errc::invalid_value for a CA that cannot serve.
[[nodiscard]] pki::Result<void> add_agreement(const store::ReadTransaction& transaction,
                                              verifier::Verifier& verifier, const AgreementItems& items,
                                              pki::Time now);

}  // namespace admin
