// What a backup holds, for those who put it to use: `jpki restore` and `jpki cluster join`.

#pragma once

#include <filesystem>
#include <string>

#include "pki/result.h"
#include "service/archive.h"

namespace service {

struct BackupDescription {
  std::string authority;  // SafetyFolder::identity().
  std::string made;       // RFC 3339.
};

// Errc::malformed for an archive that is no backup, or holds a file that no backup has: a name from outside
// becomes a path.
[[nodiscard]] pki::Result<BackupDescription> describe_backup(const ArchiveReader& archive,
                                                             const std::filesystem::path& file);

[[nodiscard]] bool has_keys(const ArchiveReader& archive);
// Writes its keys to a new folder, for its owner alone. Throws std::system_error.
void extract_keys(const ArchiveReader& archive, const std::filesystem::path& folder);
// Writes its lists below the data folder. What lies there was published, and is never changed. Throws
// std::system_error.
void extract_lists(const ArchiveReader& archive, const std::filesystem::path& root);

}  // namespace service
