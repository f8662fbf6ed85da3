// Whole files, read and written with errors as values.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/result.h"

namespace pki {

// Errc::invalid_value when it cannot be read or is a folder.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file);

enum class FileSecrecy { open, owner_only };
// Made with mode 0644 or 0600, or written over. Errc::internal says what the system said.
[[nodiscard]] Result<void> save_file(const std::filesystem::path& file, ByteView content,
                                     FileSecrecy secrecy);
// Puts a file in the place of one that may be there: a reader, and a process that starts after a crash, sees
// the whole old or the whole new content. Returns when it is durable. The folder is made when it is missing.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& file, ByteView content,
                                        FileSecrecy secrecy);

// Adds a line to a file, which is made when it is missing; behind a line without its end another begins.
// Durable when it returns; a line that does not fit on the disk leaves the file as it was.
[[nodiscard]] Result<void> append_line(const std::filesystem::path& file, std::string_view line);

}  // namespace pki
