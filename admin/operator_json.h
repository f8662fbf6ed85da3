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

// "operator NAME", its roles and its last credential: what an audit entry names.
[[nodiscard]] std::vector<std::string> subjects_of(const registry::Operator& entry);

}  // namespace admin
