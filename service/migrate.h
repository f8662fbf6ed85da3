// Schema versions as steps: what makes a store of an older program one of this program.
//
// A new version is one row of kMigrationSteps (migrate.cpp). All steps run in one transaction: either the
// store is of this program's version afterwards, or nothing has changed.

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pki/result.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "service/data_folder.h"
#include "store/environment.h"
#include "store/vault.h"

namespace service {

// What a step works with.
struct MigrationContext {
  store::WriteTransaction& transaction;
  const store::Vault& vault;
  pki::Time now;
  const store::Actor& actor;
};

struct MigrationStep {
  // The version that the step makes out of the one before it; a version may have several.
  std::uint64_t to;
  std::string_view what;
  // Gives how many records it has changed.
  pki::Result<std::uint64_t> (*run)(MigrationContext& context);
};

// What one step did.
struct MigratedStep {
  std::uint64_t to = 0;
  std::string what;
  std::uint64_t changed = 0;
};

struct MigrationReport {
  std::uint64_t from = 0;
  std::vector<MigratedStep> steps;
  // The copy of the store as it was; empty after a dry run, and when there was nothing to do.
  std::filesystem::path copy;
};

struct MigrationRequest {
  pki::Time now;
  registry::Actor actor;
  // Nothing is written.
  bool dry_run = false;
  // Where the store is copied to first; nothing is overwritten. Empty: no copy, for a store that is one.
  std::filesystem::path copy = {};
};

// The store must have been opened by Environment::open_any_version().
[[nodiscard]] pki::Result<MigrationReport> migrate(store::Environment& environment, const store::Vault& vault,
                                                   const MigrationRequest& request);

// The same for a data folder whose service is stopped: DATA/store is copied to DATA/store.version-N first.
[[nodiscard]] pki::Result<MigrationReport> migrate_folder(const DataFolder& data, pki::Time now,
                                                          bool dry_run);

}  // namespace service
