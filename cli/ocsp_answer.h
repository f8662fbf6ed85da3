// An OCSP answer as JSON, for `jpki ocsp query --json`: what ocsp::explain says in sentences, in members.

#pragma once

#include <boost/json.hpp>

#include "ocsp/query.h"
#include "pki/bytes.h"

namespace cli {

// Adds to `object` what `answer` (DER) says: `status`, good, held, revoked or unknown, the worst of those in
// `certificates`, each with `serial`, `status`, `reason`, `revoked_at`, `this_update`, `next_update` and
// `archive_cutoff` (null where there is none), and `produced_at`. A held certificate is distinguished from a
// revoked one. Only an answer that verified says anything: of any other, `status` and `produced_at` are null
// and `certificates` is empty. `error` is the error status of the responder, or null.
void add_answer(boost::json::object& object, pki::ByteView answer, ocsp::QueryVerdict verdict);

}  // namespace cli
