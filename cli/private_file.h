// Files that a command writes line by line and that name people: reject files, an exported audit log.

#pragma once

#include <fstream>
#include <string>

namespace cli {

// Opened for writing from its beginning, with mode 0600 when it is a file; a device or a pipe is written as
// it is. The stream says whether it could be opened.
[[nodiscard]] std::ofstream open_private_file(const std::string& name);

}  // namespace cli
