// Store first, then lists.

#include "service/backup.h"

#include <set>

#include "ca/key_folder.h"
#include "pki/file.h"
#include "pki/ownership.h"
#include "registry/crls.h"
#include "registry/issuers.h"
#include "service/archive.h"
#include "service/high_water.h"

namespace service {

namespace {

// crl/sign-1/complete-1763870400000.crls of every file that a record names.
std::set<std::string> list_files(const store::ReadTransaction& snapshot) {
  std::set<std::string> names;
  for (const registry::Issuer& issuer : registry::all_issuers(snapshot))
    for (auto records = registry::crls_of_issuer(snapshot, issuer.id); records.valid(); records.next())
      names.insert(std::string(kBackupLists) + to_string(issuer.id) + "/" + records.row().file);
  return names;
}

// What is encrypted or on a token, and the sealing key in such a form.
pki::Result<void> add_keys(ArchiveWriter& archive, const DataFolder& data, BackupReport& report) {
  const ca::KeyFolder keys = data.key_folder();
  TRY_ASSIGN(const auto files, keys.files_to_back_up());
  for (const std::string& name : files.may_travel)
    archive.add_file(std::string(kBackupKeys) + name, keys.path_of(name));
  report.keys = files.may_travel.size();
  report.plain_keys = files.plain.size();
  return {};
}

}  // namespace

pki::Result<BackupReport> make_backup(const DataFolder& data, const Config& config,
                                      const std::filesystem::path& file, pki::Time now) {
  const auto environment = store::Environment::open_beside(
      {.directory = data.store(), .map_bytes = config.map_bytes}, registry::kSchema);
  ArchiveWriter archive(file);
  BackupReport report;
  std::string identity;
  {
    const auto snapshot = environment->read();
    TRY(refuse_old_store(snapshot, data.crls(), nullptr));
    identity = SafetyFolder(config.safety_folder, snapshot).identity();
    // At least: the copy is of this state or a later one.
    report.audit = store::read_audit_head(snapshot);
  }
  archive.add_text(std::string(kBackupInfo), "authority " + identity + "\nmade " + pki::to_rfc3339(now) +
                                                 "\nschema " + std::to_string(registry::kSchemaVersion) +
                                                 "\naudit " + to_string(report.audit) + "\n");
  archive.add(std::string(kBackupStore), [&](int descriptor) { environment->copy_to(descriptor); });
  for (const std::string& name : list_files(environment->read())) {
    // Retention may have removed it since.
    if (!std::filesystem::exists(data.root / name)) continue;
    archive.add_file(name, data.root / name);
    ++report.list_files;
  }
  if (std::filesystem::exists(data.config())) archive.add_file(std::string(kBackupConfig), data.config());
  TRY(add_keys(archive, data, report));
  report.identity = archive.finish();
  report.bytes = std::filesystem::file_size(file);
  // For the metric alone: a folder that cannot be written makes no backup worthless.
  const std::string line = pki::to_rfc3339(now) + "\n";
  if (pki::replace_file(data.last_backup(), pki::as_bytes(line), pki::FileSecrecy::open).has_value())
    pki::give_to_owner_of_folder(data.last_backup());
  return report;
}

}  // namespace service
