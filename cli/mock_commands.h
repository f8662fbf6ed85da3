// The commands below `jpki mock` that speak to a running mock.

#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace cli {

void add_mock_control_commands(CommandLine& line, CLI::App& mock);

}  // namespace cli
