// What `jpki event ca-key-compromise` tells, beside the events about residents.

#pragma once

#include <string>

#include "cli/admin_client.h"
#include "cli/command.h"

namespace cli {

// The answer of POST /v1/events in words.
[[nodiscard]] std::string words_of_compromise(const CommonOptions& common, const json::object& answer);

// Waits until the rows of a compromised generation are filled in; shows progress on a terminal.
void wait_for_filling(const CommonOptions& common, AdminClient& client, const std::string& issuer);

}  // namespace cli
