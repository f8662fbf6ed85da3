// `jpki restore`: a backup put back in the place of a store that is lost, cut, or older than its lists.
//
// The present store is kept next to the new one; the lists on the disk are never changed or removed, since
// they prove what the backup does not know. Until the new store has its name, nothing has changed.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pki/result.h"
#include "pki/time.h"
#include "service/data_folder.h"
#include "service/replay.h"
#include "service/two_credentials.h"

namespace service {

// In the data folder while a restore works, and what it adds to the name of what it replaces, before the
// time.
inline constexpr const char* kRestoring = "store.restoring";
inline constexpr const char* kBeforeRestore = ".before-restore-";

struct RestoreRequest {
  DataFolder data;
  std::filesystem::path backup;
  pki::Time now;
  bool dry_run = false;
  // Go on although the mark outside the data folder is missing or damaged.
  bool without_mark = false;
  // Go on although newer lists are damaged: what they alone revoked comes back good.
  bool without_damaged_lists = false;
  // An operator's word that `now` is right, whatever was written last.
  bool accept_clock = false;
  // Record any number of lost certificates.
  bool many_lost = false;
  // Who signs for it, where the authority of the backup has an officer and a supervisor and asks for two
  // persons. They are judged by the backup's records; a dry run needs none.
  std::optional<TwoCredentials> signed_for = {};
};

struct RestoreReport {
  std::string identity;
  std::string made;
  // Newer lists that were read.
  std::uint64_t lists = 0;
  std::optional<pki::Time> newest_list;
  // Files of newer lists that were passed over in part or whole.
  std::uint64_t damaged_files = 0;
  // The mark names numbers of lists of which none was found.
  bool lists_missing = false;
  ReplayReport replayed;
  // Where the former store is now; empty when there was none, and after a dry run.
  std::filesystem::path former_store;
};

[[nodiscard]] pki::Result<RestoreReport> restore(const RestoreRequest& request);

}  // namespace service
