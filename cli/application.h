// The program: parses the command line, runs one command, turns failures into messages and exit codes.

#pragma once

#include "cli/language.h"

namespace cli {

struct CommandLine;

// Adds every command and option to a fresh line, their help in `language`.
void define_commands(CommandLine& line, Language language);

// `argv` as main() has it; returns the exit code.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace cli
