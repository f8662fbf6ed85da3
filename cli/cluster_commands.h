// jpki cluster …

#pragma once

#include "cli/command.h"

namespace cli {

void add_cluster_commands(CommandLine& line);

}  // namespace cli
