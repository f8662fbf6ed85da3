// The event that concerns no resident: POST /v1/events with {"event": "ca-key-compromise", "ca": "sign-2"}.

#pragma once

#include "admin/api.h"

namespace admin {

// True when the body names that event.
[[nodiscard]] bool is_ca_key_compromise(const json::object& body);

// Records it, or with dry_run counts the certificates that it would revoke.
[[nodiscard]] pki::Result<Answer> record_ca_key_compromise(const RequestContext& call);

}  // namespace admin
