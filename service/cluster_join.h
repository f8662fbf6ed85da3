// `jpki cluster join`: a backup of another machine becomes the store of this one.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "pki/result.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "store/log.h"

namespace service {

struct JoinRequest {
  // With a jpki.toml of this machine's own, and no store.
  DataFolder data;
  Config config;
  // Of a machine of the same log.
  std::filesystem::path backup;
};

struct JoinReport {
  std::string made = {};  // When the backup was.
  std::uint64_t from = 0, row = 0;
  // Whether the backup's keys are in place; those that are there are never replaced.
  bool brought_keys = false;
};

// Unpacks the backup, every byte of which is checked by its digest, and applies the rows that the log has
// since. Until then nothing is in the data folder. The machine says how far it is, so that those rows stay.
// Errc::already_exists where a store is, Errc::malformed for a damaged backup, Errc::conflict for one of an
// authority without a log, of another log, or from before the first row that the log has, and for a name
// that another machine has.
[[nodiscard]] pki::Result<JoinReport> join_cluster(const JoinRequest& request, store::Log& log,
                                                   const std::string& machine);

}  // namespace service
