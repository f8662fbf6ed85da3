// What cannot be undone needs two persons: one requests, another, a supervisor, confirms.
//
// A request is the call itself, stored with the digest of its arguments and done when it is confirmed. Who
// confirms sees exactly what it will do, since a preview runs the same code on a copy that is thrown away.
// It begins when there are an officer and a supervisor, and requests.two_persons = false ends it.

#pragma once

#include <vector>

#include "admin/api.h"

namespace admin {

// Whether this call is stored for a second person instead of being done.
[[nodiscard]] bool needs_second_person(const RequestContext& call);

// Stores it. Answers 202 with the request and the preview; an error of the preview is the answer, and nothing
// is stored.
[[nodiscard]] pki::Result<Answer> make_request(const RequestContext& call, const EndpointHandler& operation);

// /v1/requests. `rows`: every operation there is; must outlive the use.
[[nodiscard]] std::vector<ApiEndpoint> request_endpoints(const std::vector<ApiEndpoint>& rows);

}  // namespace admin
