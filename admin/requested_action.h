// What a request does, where the row of its endpoint leaves it open: the one place where a decoded request
// becomes an action, by which the right and the second person are decided.
//
// The role is chosen before the body is read as what it is, so members are looked at as FieldReader reads
// them: null is absent. The handler that has decoded the request states its action again
// (RequestContext::require), so that a spelling which only one of the two understands is refused.

#pragma once

#include <span>

#include "admin/endpoints.h"
#include "admin/json.h"
#include "admin/permission.h"
#include "law/lifecycle.h"
#include "verifier/verifiers.h"

namespace admin {

[[nodiscard]] Action requested_action(const Endpoint& endpoint, const json::object& body);

// The same of what was decoded. An event that comes with the holder's signed document is an online notice.
[[nodiscard]] Action action_of_request(const law::EventRequest& request);
// A verifier that is ready at once has the approval of its class (Act 38-2, 38-3).
[[nodiscard]] Action action_of_new_verifier(std::span<const verifier::VerifierClass> classes, bool is_ready);

}  // namespace admin
