// Whole files, read and written with errors as values.

#pragma once

#include <filesystem>
#include <string>

#include "pki/bytes.h"
#include "pki/result.h"

namespace pki {

// Errc::invalid_value when it cannot be read or is a folder.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file);

enum class FileSecrecy { open, owner_only };
// Made with mode 0644 or 0600, or written over. Errc::internal says what the system said.
[[nodiscard]] Result<void> save_file(const std::filesystem::path& file, ByteView content,
                                     FileSecrecy secrecy);

}  // namespace pki
