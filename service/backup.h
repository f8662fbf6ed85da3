// `jpki backup`: one file from which `jpki restore` makes the authority again.
//
// The store is copied as one snapshot while the service runs; the lists are those that its records name
// when it has been copied, so that none of the copy's is missing. A backup travels: private keys are in it
// only when they are encrypted, or lie on a token and the file but names them.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "pki/result.h"
#include "pki/time.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "store/audit.h"

namespace service {

// The names of the archive's members.
inline constexpr std::string_view kBackupInfo = "jpki-backup";
inline constexpr std::string_view kBackupStore = "store/data.mdb";
inline constexpr std::string_view kBackupConfig = "jpki.toml";
inline constexpr std::string_view kBackupLists = "crl/";
inline constexpr std::string_view kBackupKeys = "keys/";

struct BackupReport {
  // The SHA-256 of the list of members: the backup's name in the audit log.
  std::string identity;
  std::uint64_t bytes = 0;
  // Publication files.
  std::uint64_t list_files = 0;
  // Files of keys in it, and of those that are left out because they are plain.
  std::uint64_t keys = 0, plain_keys = 0;
  store::AuditHead audit;
};

// Errc::already_exists when the file is there. Throws store::StoreError and std::system_error.
[[nodiscard]] pki::Result<BackupReport> make_backup(const DataFolder& data, const Config& config,
                                                    const std::filesystem::path& file, pki::Time now);

}  // namespace service
