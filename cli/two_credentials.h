// The credentials of two persons on one command line, for commands that work on a folder that nothing serves
// from.

#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "service/two_credentials.h"

namespace cli {

// --credential and --confirm-with, opened with their passwords; nothing unless both are given.
[[nodiscard]] std::optional<service::TwoCredentials> read_two_credentials(const CommonOptions& common,
                                                                          const std::string& confirm_with);

}  // namespace cli
