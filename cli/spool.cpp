// A temporary file, unlinked as soon as it is open.

#include "cli/spool.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "cli/failure.h"
#include "pki/messages/cli.h"

namespace cli {

std::ifstream spool_standard_input() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  std::string name = (folder / "jpki-input-XXXXXX").string();
  const int descriptor = error ? -1 : ::mkstemp(name.data());
  if (descriptor < 0) throw Failure(kUsage, messages::no_temporary_file);
  ::close(descriptor);
  std::ofstream copy(name, std::ios::binary);
  std::ifstream file(name, std::ios::binary);
  ::unlink(name.c_str());
  if (std::cin.peek() != std::istream::traits_type::eof()) copy << std::cin.rdbuf();
  if (!copy.flush()) throw Failure(kUsage, {messages::spool_unwritable, folder.string()});
  return file;
}

}  // namespace cli
