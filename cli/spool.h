// Standard input as a file that can be read twice.

#pragma once

#include <fstream>

namespace cli {

// Copies standard input into a file without a name, readable by its owner alone, that ends with the stream.
// Throws Failure when it cannot be written.
[[nodiscard]] std::ifstream spool_standard_input();

}  // namespace cli
