// What events do to certificates, in words for a terminal.

#pragma once

#include <boost/json.hpp>
#include <string>

namespace cli {

// One line a certificate: outcome, certificate, kind, reason, article.
[[nodiscard]] std::string words_of_certificates(const boost::json::array& certificates);
// One line for an event that a clock brings, and those of its certificates. The moment is shown as the day in
// Japan on which it comes.
[[nodiscard]] std::string words_of_due(const boost::json::object& due);

}  // namespace cli
