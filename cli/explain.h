// Why a certificate is valid, held or revoked, in complete sentences: event, article, who recorded it, when.

#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "cli/language.h"
#include "pki/time.h"

namespace cli {

namespace json = boost::json;

// One event of GET /v1/residents/{id}/history: what was recorded, then what became of each certificate.
[[nodiscard]] std::vector<std::string> explain_event(const json::object& event, Language language);

// A certificate of GET /v1/certificates/{ca}/{serial} with the events of its holder: how it was issued, what
// each event since did to it or why it left it standing, and what it is at `now`.
[[nodiscard]] std::vector<std::string> explain_certificate(const json::object& certificate,
                                                           const json::array& events, Language language,
                                                           pki::Time now);

}  // namespace cli
