// What a request that waits for a second person changes, as it was when the request was made.
//
// A change keeps what it does not name, and an end is the end of what is in force: both mean something else
// once the record is another one. So the request carries a digest of the record (`record_digest`), and the
// call is refused when the record has changed by the confirmation. Anyone may send it, to change only what
// was seen.

#pragma once

#include <optional>
#include <string>

#include "admin/api.h"
#include "registry/operators.h"
#include "verifier/verifiers.h"

namespace admin {

inline constexpr std::string_view kRecordDigest = "record_digest";

// SHA-256 in hexadecimal: of the approvals of the PIN-less class and which of them have come by `today`, and
// of an operator's roles, state and credentials; each also of how often they were changed, since a state that
// comes back is not the one that was seen.
[[nodiscard]] std::string digest_of_approvals(const store::ReadTransaction& transaction,
                                              const verifier::Verifier& entry, pki::Date today);
[[nodiscard]] std::string digest_of_operator(const store::ReadTransaction& transaction,
                                             std::string_view name);

// Errc::conflict when `seen` is given and is not `present`; `name`: of what, as in the audit log.
[[nodiscard]] pki::Result<void> check_record(const std::optional<std::string>& seen,
                                             const std::string& present, const std::string& name);

// Whether a request for this call must carry the digest: it changes a record that is there.
[[nodiscard]] bool changes_record(Action action, const std::vector<std::string>& parameters);
// Adds the digest of the present record to the body of such a call, unless it has one. Nothing happens where
// the path names no record: the call itself says so.
void pin_record(RequestContext& call);

}  // namespace admin
