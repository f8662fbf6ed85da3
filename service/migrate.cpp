// The steps, oldest first.

#include "service/migrate.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <system_error>

#include "law/differing.h"
#include "pki/messages/service.h"
#include "registry/schema.h"
#include "registry/sealing_check.h"
#include "registry/upgrades.h"
#include "service/config.h"
#include "service/vault_opening.h"
#include "store/audit.h"
#include "store/log_closure.h"
#include "store/log_view.h"

namespace service {

namespace {

// 1 to 2: status rows end in a check; the serials that stand on no certificate are listed.
pki::Result<std::uint64_t> add_checks(MigrationContext& context) {
  return registry::add_status_checks(context.transaction) + registry::list_unissued(context.transaction);
}

// Certificates that an earlier version of this program left in use although they say something else than the
// register, or lie on a card that has lapsed: Act 13; Ordinance 17, 53.
pki::Result<std::uint64_t> record_differing(MigrationContext& context) {
  std::set<registry::ResidentId> residents;
  for (law::DifferenceCursor found(context.transaction, context.vault, context.now); found.valid();
       found.next())
    residents.insert(found.row().resident);
  std::uint64_t fallen = 0;
  for (const registry::ResidentId resident : residents) {
    store::CommandContext command{
        .transaction = context.transaction, .now = context.now, .actor = context.actor};
    fallen += law::record_differing(command, context.vault, resident);
    store::append_audit(context.transaction, {.recorded_at = context.now,
                                              .actor = context.actor,
                                              .action = "migrate differing",
                                              .subjects = std::move(command.subjects)});
  }
  return fallen;
}

constexpr std::array kMigrationSteps = {
    MigrationStep{2, "a check in every status row, and the serials that stand on no certificate", add_checks},
    MigrationStep{2, "certificates that differ from the register or the card are revoked", record_differing},
};

static_assert([] {
  std::uint64_t version = 1;
  for (const MigrationStep& step : kMigrationSteps)
    if (step.to != version && step.to != ++version) return false;
  return version == registry::kSchemaVersion;
}());

void copy_store(const store::Environment& environment, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  const auto file = folder / "data.mdb";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0)
    throw pki::MessageError(
        {messages::copy_not_written, file.string(), std::generic_category().message(errno)});
  try {
    environment.copy_to(descriptor);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!synced)
    throw pki::MessageError(
        {messages::copy_not_written, file.string(), std::generic_category().message(errno)});
}

}  // namespace

pki::Result<MigrationReport> migrate(store::Environment& environment, const store::Vault& vault,
                                     const MigrationRequest& request) {
  // Also when its layout is this program's: "nothing to do" would be understood as "done".
  if (store::read_log_position(environment.read())) return store::store_belongs_to_log();
  MigrationReport report;
  report.from = store::read_schema_version(environment.read());
  if (report.from >= registry::kSchemaVersion) return report;
  TRY(registry::check_sealing_key(environment.read(), vault));
  if (!request.dry_run && !request.copy.empty()) {
    copy_store(environment, request.copy);
    report.copy = request.copy;
  }
  auto transaction = store::begin_exclusive_write(environment);
  const store::Actor actor = request.actor;
  MigrationContext context{.transaction = transaction, .vault = vault, .now = request.now, .actor = actor};
  store::AuditEntry entry{.recorded_at = request.now, .actor = request.actor, .action = "migrate"};
  for (const MigrationStep& step : kMigrationSteps) {
    if (step.to <= report.from) continue;
    TRY_ASSIGN(const std::uint64_t changed, step.run(context));
    report.steps.push_back({step.to, std::string(step.what), changed});
    entry.subjects.push_back("schema " + std::to_string(step.to));
  }
  store::write_schema_version(transaction, registry::kSchemaVersion);
  store::append_audit(transaction, std::move(entry));
  if (!request.dry_run) transaction.commit();
  return report;
}

pki::Result<MigrationReport> migrate_folder(const DataFolder& data, pki::Time now, bool dry_run) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  const auto environment = store::Environment::open_any_version(
      {.directory = data.store(), .map_bytes = config.map_bytes}, registry::kSchema);
  TRY_ASSIGN(const auto vault, open_vault(data, environment->read()));
  const std::uint64_t version = store::read_schema_version(environment->read());
  const MigrationRequest request{
      .now = now,
      .actor = {.operator_name = "uid " + std::to_string(::geteuid()), .role = registry::Role::system},
      .dry_run = dry_run,
      .copy = data.root / ("store.version-" + std::to_string(version))};
  return migrate(*environment, *vault, request);
}

}  // namespace service
