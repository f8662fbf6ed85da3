// Credentials for verifiers: certificates that the operations CA issues, each for one use.
//
// The verifier's key is made where it will be used; only the request for a certificate comes here. A
// credential that was signed is on record before its bytes leave, and its serial is used even when its
// record is refused.

#pragma once

#include <functional>
#include <string>

#include "ca/authority.h"
#include "registry/actor.h"
#include "store/idempotency.h"
#include "store/vault.h"
#include "store/writer.h"
#include "verifier/credentials.h"
#include "verifier/verifiers.h"

namespace ca {

// What issuing works with; all of it outlives the call.
struct CredentialServices {
  store::Writer& writer;
  const store::Vault& vault;
  const Authority& authority;
  const pki::Clock& clock;
};

struct CredentialRequest {
  std::uint64_t verifier = 0;
  verifier::CredentialUse use = verifier::CredentialUse::tls;
  // In words; empty: what the use stands for.
  std::string purpose;
  // The terminal that will hold it; empty for none.
  std::string terminal;
  // PKCS#10, DER or PEM.
  pki::Bytes certification_request;
  registry::Actor actor;
  // The Idempotency-Key under which this was asked, if any: refused (conflict) when it was answered by now.
  store::IdempotencyClaim claim = {};
  // The answer that is remembered under it, from what was recorded and when. Called within the commit of the
  // record, possibly twice; empty: none is remembered.
  std::function<std::string(const verifier::Credential&, pki::Time)> answer = {};
};

// Blocks for two commits and a signature. Errc::malformed and Errc::unsupported (the request), not_found (the
// verifier), conflict (cancelled or suspended), refused_by_law (the PIN-less credential without an approval
// in force), invalid_value (`terminal`, `purpose`).
[[nodiscard]] pki::Result<verifier::Credential> issue_credential(const CredentialServices& services,
                                                                 const CredentialRequest& request);

}  // namespace ca
