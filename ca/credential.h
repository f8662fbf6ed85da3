// Credentials for verifiers: certificates that the operations CA issues, each for one use.
//
// The verifier's key is made where it will be used; only the request for a certificate comes here. A
// credential that was signed is on record before its octets leave, and its serial is used even when its
// record is refused.

#pragma once

#include <functional>
#include <string>

#include "ca/authority.h"
#include "registry/credentials.h"
#include "registry/verifiers.h"
#include "registry/writer.h"

namespace ca {

// What issuing works with; all of it outlives the call.
struct CredentialServices {
  registry::Writer& writer;
  const Authority& authority;
  const pki::Clock& clock;
};

struct CredentialRequest {
  std::uint64_t verifier = 0;
  registry::CredentialUse use = registry::CredentialUse::tls;
  // In words; empty: what the use stands for.
  std::string purpose;
  // The terminal that will hold it; empty for none.
  std::string terminal;
  // PKCS#10, DER or PEM.
  pki::Bytes certification_request;
  registry::Actor actor;
  // Called inside the commit of the record: before it, where an error refuses the issue, and after it. May be
  // empty.
  std::function<pki::Result<void>(registry::CommandContext&)> before_record = {};
  std::function<void(registry::CommandContext&, const registry::Credential&)> after_record = {};
};

// Blocks for two commits and a signature. Errc::malformed and Errc::unsupported (the request), not_found (the
// verifier), conflict (cancelled or suspended), refused_by_law (the PIN-less credential without an approval
// in force), invalid_value (`terminal`, `purpose`).
[[nodiscard]] pki::Result<registry::Credential> issue_credential(const CredentialServices& services,
                                                                 const CredentialRequest& request);

// Revokes inside a command. Errc::not_found when the verifier has no such credential, conflict when it is
// revoked already.
[[nodiscard]] pki::Result<registry::Credential> revoke_credential(registry::CommandContext& context,
                                                                  std::uint64_t verifier,
                                                                  pki::SerialNumber serial);

// The end of a verifier or of its approval (Order 25-6): revokes every credential of it, or every one for a
// use. Gives the serials of all of these that it has not reported as erased.
[[nodiscard]] std::vector<pki::SerialNumber> revoke_all_credentials(
    registry::CommandContext& context, std::uint64_t verifier,
    std::optional<registry::CredentialUse> use = std::nullopt);

// The verifier's report that it erased the key of a revoked credential (Order 25-6). Errc::conflict when it
// is not revoked, or its erasure is on record.
[[nodiscard]] pki::Result<registry::Credential> record_erasure(registry::CommandContext& context,
                                                               std::uint64_t verifier,
                                                               pki::SerialNumber serial, pki::Date date);

}  // namespace ca
