// jpki backup, restore, migrate: they work on the data folder itself.

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "service/backup.h"
#include "service/clock.h"
#include "service/migrate.h"
#include "service/restore.h"

namespace cli {

namespace {

std::string words_of_keys(const service::BackupReport& report, const service::DataFolder& data) {
  std::string words;
  if (report.keys > 0) words += "\n" + std::to_string(report.keys) + " files of encrypted keys are in it.";
  if (report.plain_keys > 0 && report.keys > 0)
    words += " " + std::to_string(report.plain_keys) + " plain ones are not: keep " + data.keys().string() +
             " apart.";
  if (report.keys == 0)
    words += "\nPrivate keys and registry.key are not in it, since they are not encrypted at rest: keep " +
             data.keys().string() + " apart.";
  return words;
}

int backup(const CommonOptions& common, const std::string& file) {
  const service::DataFolder data = common.data_folder();
  const service::Config config = value_or_fail(service::read_config(data.config()));
  const service::SystemClock clock;
  const auto report =
      value_or_fail(service::make_backup(data, config, std::filesystem::absolute(file), clock.now()));
  print(common,
        json::object{{"file", file},
                     {"identity", report.identity},
                     {"bytes", report.bytes},
                     {"list_files", report.list_files},
                     {"audit", store::to_string(report.audit)},
                     {"keys", report.keys > 0}},
        file + ": " + std::to_string(report.bytes) + " bytes, the store and " +
            std::to_string(report.list_files) + " publication files, " + report.identity +
            words_of_keys(report, data));
  return kDone;
}

std::string in_words(const service::RestoreReport& report, bool dry_run) {
  const service::ReplayReport& done = report.replayed;
  std::string words = dry_run ? "Nothing was changed. A restore would record:\n" : "Restored.\n";
  words += "backup of " + report.made + ", " + report.identity + "\n";
  words += std::to_string(report.lists) + " newer lists read";
  if (report.newest_list) words += ", the last of " + pki::to_rfc3339(*report.newest_list);
  words += ": " + std::to_string(done.revoked) + " revoked, " + std::to_string(done.held) + " held, " +
           std::to_string(done.released) + " released\n";
  words += std::to_string(done.lost_listed + done.lost_presumed) +
           " certificates were issued after the backup or may have been; " +
           std::to_string(done.lost_presumed) +
           " of them are held until `jpki cert adopt FILE --resident ID` brings each back\n";
  for (const auto& [ca, serial] : done.next_serial)
    words += std::string(pki::to_string(ca)) + " issues from serial " + std::to_string(serial) + " on\n";
  words += std::to_string(done.verifiers_barred) +
           " verifiers are barred until `jpki verifier confirm ID`: compare each with your papers first\n";
  words += "What was recorded after the last list is lost: send the feeds of the municipalities again.\n";
  if (!report.former_store.empty()) words += "The former store is " + report.former_store.string() + "\n";
  if (!dry_run) words += "Next: jpki serve, then jpki crl publish && jpki crl check";
  return words;
}

int restore(const CommonOptions& common, const std::string& file, bool dry_run, bool without_mark) {
  const service::SystemClock clock;
  const auto report = value_or_fail(service::restore({.data = open_data_folder(common),
                                                      .backup = std::filesystem::absolute(file),
                                                      .now = clock.now(),
                                                      .dry_run = dry_run,
                                                      .without_mark = without_mark}));
  const service::ReplayReport& done = report.replayed;
  json::object serials;
  for (const auto& [ca, serial] : done.next_serial)
    serials[pki::to_string(ca)] = std::to_string(serial);
  print(common,
        json::object{{"backup", report.identity},
                     {"made", report.made},
                     {"lists", report.lists},
                     {"revoked", done.revoked},
                     {"held", done.held},
                     {"released", done.released},
                     {"lost_listed", done.lost_listed},
                     {"lost_presumed", done.lost_presumed},
                     {"compromised", done.compromised},
                     {"verifiers_barred", done.verifiers_barred},
                     {"next_serial", std::move(serials)},
                     {"former_store", report.former_store.string()}},
        in_words(report, dry_run));
  return kDone;
}

int migrate(const CommonOptions& common, bool dry_run) {
  const service::SystemClock clock;
  const auto report = value_or_fail(service::migrate_folder(open_data_folder(common), clock.now(), dry_run));
  json::array steps;
  std::string words;
  for (const service::MigratedStep& step : report.steps) {
    steps.push_back(json::object{{"to", step.to}, {"what", step.what}, {"changed", step.changed}});
    words += "version " + std::to_string(step.to) + ": " + step.what + ", " + std::to_string(step.changed) +
             " records\n";
  }
  if (report.steps.empty()) words = "The store is of this program's version: there is nothing to do.";
  if (dry_run) words += "Nothing was changed.";
  if (!report.copy.empty()) words += "The store as it was is in " + report.copy.string();
  print(common,
        json::object{{"from", report.from},
                     {"steps", std::move(steps)},
                     {"copy", report.copy.string()},
                     {"dry_run", dry_run}},
        words);
  return kDone;
}

}  // namespace

void add_rescue_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto file = std::make_shared<std::string>();
  auto dry_run = std::make_shared<bool>(false), without_mark = std::make_shared<bool>(false);

  CLI::App* backup_command =
      add_command(line, line.app, "backup", "One file of store and lists, while the service runs",
                  "jpki backup /backup/jpki-2026-11-23.tar --data jpki-data");
  backup_command->add_option("FILE", *file, "The file; one that is there is never overwritten")->required();
  on_run(line, backup_command, [&common, file] { return backup(common, *file); });

  CLI::App* restore_command =
      add_command(line, line.app, "restore", "Put a backup in the place of the store; the service is stopped",
                  "jpki restore /backup/jpki-2026-11-23.tar --data jpki-data --dry-run");
  restore_command->add_option("FILE", *file, "What `jpki backup` has made")->required();
  restore_command->add_flag("--dry-run", *dry_run, "Only say what would be recorded");
  restore_command->add_flag("--without-high-water", *without_mark,
                            "The mark in the safety folder is lost: go by the lists alone");
  on_run(line, restore_command,
         [&common, file, dry_run, without_mark] { return restore(common, *file, *dry_run, *without_mark); });

  CLI::App* migrate_command = add_command(
      line, line.app, "migrate", "Make the store one of this program's version; the service is stopped",
      "jpki migrate --data jpki-data --dry-run");
  migrate_command->add_flag("--dry-run", *dry_run, "Only say what would be changed");
  on_run(line, migrate_command, [&common, dry_run] { return migrate(common, *dry_run); });
}

}  // namespace cli
