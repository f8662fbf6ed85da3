// jpki serve.

#pragma once

#include "cli/command.h"

namespace cli {

void add_serve_command(CommandLine& line);

}  // namespace cli
