// The approval of the PIN-less class in the admin API: what is recorded of it, and what counts today.

#pragma once

#include "admin/json.h"
#include "verifier/verifiers.h"

namespace admin {

// Adds to the entry of a class: `approved` and `approved_until` (its days), `approval_cancelled` and
// `approval_ended` (their days; an end is announced beforehand), `plan` and `equipment` of the approval in
// force, or of the last or next one where none is, and `approvals`, all that is recorded by date, each with
// its kind: approval, change, minor-change, cancellation or end. Null and empty for other classes.
void add_approvals(json::object& entry, const verifier::ClassSteps& steps, pki::Date today);

// Takes `plan` and `equipment`; `date` and `until` are the caller's.
[[nodiscard]] pki::Result<verifier::ApprovalItems> read_approval(FieldReader& fields);

}  // namespace admin
