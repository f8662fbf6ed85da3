// Unpack aside, follow the log, rename.

#include "service/cluster_join.h"

#include <algorithm>
#include <system_error>

#include "pki/messages/service.h"
#include "pki/ownership.h"
#include "registry/schema.h"
#include "service/archive.h"
#include "service/backup.h"
#include "service/backup_content.h"
#include "store/environment.h"
#include "store/log_closure.h"
#include "store/log_view.h"

namespace service {

namespace {

// What is being made, in the data folder; nothing of it is left after an error.
class Aside final {
 public:
  explicit Aside(const std::filesystem::path& root)
      : store_(root / "store.joining"), keys_(root / "keys.joining") {
    clear();
  }
  ~Aside() { clear(); }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  [[nodiscard]] const std::filesystem::path& store() const { return store_; }
  [[nodiscard]] const std::filesystem::path& keys() const { return keys_; }

 private:
  void clear() const noexcept {
    std::error_code ignored;
    std::filesystem::remove_all(store_, ignored);
    std::filesystem::remove_all(keys_, ignored);
  }

  const std::filesystem::path store_, keys_;
};

// Two machines of one name would take each other's place in the list of those whose rows are kept.
pki::Result<void> check_name(store::Log& log, const std::string& machine) {
  TRY_ASSIGN(const auto reports, log.reports());
  const bool is_taken = std::ranges::any_of(reports, [&](const store::MachineReport& report) {
    return report.name == machine && report.age < store::kAliveFor;
  });
  if (is_taken) return pki::fail(pki::Errc::conflict, {messages::machine_name_taken, machine});
  return {};
}

pki::Result<void> follow(const JoinRequest& request, const std::filesystem::path& folder, store::Log& log,
                         JoinReport& report) {
  const auto environment = store::Environment::open(
      {.directory = folder, .map_bytes = request.config.map_bytes}, registry::kSchema);
  const auto position = store::read_log_position(environment->read());
  if (!position) return pki::fail(pki::Errc::conflict, messages::backup_without_log);
  report.from = position->number;
  TRY_ASSIGN(report.row, store::LogView(*environment, registry::kSchema).catch_up(log));
  return store::check_log_is_open(environment->read());
}

}  // namespace

pki::Result<JoinReport> join_cluster(const JoinRequest& request, store::Log& log,
                                     const std::string& machine) {
  const DataFolder& data = request.data;
  if (std::filesystem::exists(data.store()))
    return pki::fail(pki::Errc::already_exists, {messages::store_is_there, data.store().string()});
  TRY_ASSIGN(const ArchiveReader archive, ArchiveReader::open(request.backup));
  TRY_ASSIGN(const BackupDescription backup, describe_backup(archive, request.backup));
  TRY(check_name(log, machine));
  JoinReport report{.made = backup.made};
  const Aside aside(data.root);
  std::filesystem::create_directory(aside.store());
  std::filesystem::permissions(aside.store(), std::filesystem::perms::owner_all);
  archive.extract(*archive.find(kBackupStore), aside.store() / "data.mdb");
  TRY(follow(request, aside.store(), log, report));
  TRY(log.report({.name = machine, .role = "joining", .row = report.row}));
  report.brought_keys = !std::filesystem::exists(data.keys()) && has_keys(archive);
  if (report.brought_keys) {
    extract_keys(archive, aside.keys());
    std::filesystem::rename(aside.keys(), data.keys());
  }
  extract_lists(archive, data.root);
  pki::give_to_owner_of_folder(aside.store());
  for (const auto& file : std::filesystem::directory_iterator(aside.store()))
    pki::give_to_owner_of_folder(file.path());
  std::filesystem::rename(aside.store(), data.store());
  return report;
}

}  // namespace service
