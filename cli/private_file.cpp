// The mode is set before the first line is written.

#include "cli/private_file.h"

#include <filesystem>

#include "pki/file.h"

namespace cli {

std::ofstream open_private_file(const std::string& name) {
  std::error_code error;
  // What goes wrong here does so again when the file is opened.
  if (!std::filesystem::exists(name, error) || std::filesystem::is_regular_file(name, error))
    static_cast<void>(pki::save_file(name, {}, pki::FileSecrecy::owner_only));
  return std::ofstream(name, std::ios::binary | std::ios::trunc);
}

}  // namespace cli
