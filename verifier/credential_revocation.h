// The end of credentials: revocation, and the verifier's report that it erased the key (Order 25-6).
//
// A credential is valid while its record says so; revoking it is a change of the record and needs no key.
// Issuing one does, and lies in ca/credential.

#pragma once

#include <vector>

#include "store/writer.h"
#include "verifier/credentials.h"

namespace verifier {

// Revokes inside a command. Errc::not_found when the verifier has no such credential, conflict when it is
// revoked already.
[[nodiscard]] pki::Result<Credential> revoke_credential(store::CommandContext& context,
                                                        std::uint64_t verifier, pki::SerialNumber serial);

// The end of a verifier or of its approval (Order 25-6): revokes every credential of it, or every one for a
// use. Gives the serials of all of these that it has not reported as erased.
[[nodiscard]] std::vector<pki::SerialNumber> revoke_all_credentials(
    store::CommandContext& context, std::uint64_t verifier, std::optional<CredentialUse> use = std::nullopt);

// The verifier's report that it erased the key of a revoked credential (Order 25-6). Errc::conflict when it
// is not revoked, or its erasure is on record.
[[nodiscard]] pki::Result<Credential> record_erasure(store::CommandContext& context, std::uint64_t verifier,
                                                     pki::SerialNumber serial, pki::Date date);

}  // namespace verifier
