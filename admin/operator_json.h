// Operators and their credentials as the API shows and signs them.

#pragma once

#include <string>
#include <vector>

#include "admin/api.h"
#include "registry/operators.h"

namespace admin {

[[nodiscard]] json::object to_json(const registry::Operator& entry, pki::Time now);

// Adds the certificate just issued, and that of its CA, to an answer.
void append_credential(json::object& body, const RequestContext& call,
                       const registry::OperatorCredential& credential);

// Signs a credential for a checked request; in a preview none is signed.
[[nodiscard]] pki::Result<registry::OperatorCredential> sign_credential(const RequestContext& call,
                                                                        const std::string& name,
                                                                        pki::Bytes certification_request);

// Errc::conflict when no other officer, or no other supervisor, could act if this one no longer could:
// enabled, with a credential in force or a user of this machine.
[[nodiscard]] pki::Result<void> require_others_who_can_act(const RequestContext& call,
                                                           const store::ReadTransaction& transaction,
                                                           const registry::Operator& entry);

// Errc::conflict when a credential of another operator has the key of this request: one person could be two.
[[nodiscard]] pki::Result<void> require_own_key(const store::ReadTransaction& transaction,
                                                const std::string& name, pki::ByteView certification_request);
// SHA-256 of the public key of a request, for those who confirm it.
[[nodiscard]] std::string key_hash_of(pki::ByteView certification_request);

// "operator NAME", its roles and its last credential: what an audit entry names.
[[nodiscard]] std::vector<std::string> subjects_of(const registry::Operator& entry);

}  // namespace admin
