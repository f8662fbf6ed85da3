// The program: parses the command line, runs one command, turns failures into messages and exit codes.

#pragma once

namespace cli {

[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace cli
