// jpki backup, restore, migrate: they work on the data folder itself.

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "cli/two_credentials.h"
#include "pki/messages/cli.h"
#include "service/backup.h"
#include "service/clock.h"
#include "service/migrate.h"
#include "service/restore.h"

namespace cli {

namespace {

std::string words_of_keys(const CommonOptions& common, const service::BackupReport& report,
                          const service::DataFolder& data) {
  const std::string folder = data.keys().string();
  if (report.keys == 0) return common.say(messages::backup_without_keys, folder);
  std::string words = common.say(messages::backup_with_keys, std::to_string(report.keys));
  if (report.plain_keys > 0)
    words += " " + common.say(messages::backup_plain_keys, std::to_string(report.plain_keys), folder);
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
        common.say(messages::backup_made, file, std::to_string(report.bytes),
                   std::to_string(report.list_files), report.identity) +
            "\n" + words_of_keys(common, report, data));
  return kDone;
}

std::string in_words(const CommonOptions& common, const service::RestoreReport& report, bool dry_run) {
  const service::ReplayReport& done = report.replayed;
  std::string words = common.say(dry_run ? messages::restore_would : messages::restored) + "\n";
  words += common.say(messages::backup_of, report.made, report.identity) + "\n";
  const std::string lists = std::to_string(report.lists), revoked = std::to_string(done.revoked),
                    held = std::to_string(done.held), released = std::to_string(done.released);
  words += (report.newest_list ? common.say(messages::lists_read_until, lists, revoked, held, released,
                                            pki::to_rfc3339(*report.newest_list))
                               : common.say(messages::lists_read, lists, revoked, held, released)) +
           "\n";
  if (report.damaged_files > 0)
    words += common.say(messages::damaged_lists_left_out, std::to_string(report.damaged_files)) + "\n";
  if (report.lists_missing) words += common.say(messages::newest_lists_missing) + "\n";
  words += common.say(messages::changes_since_backup, std::to_string(done.changes_since)) + "\n";
  if (done.compromised > 0)
    words += common.say(messages::compromised_again, std::to_string(done.compromised)) + "\n";
  words += common.say(messages::certificates_lost, std::to_string(done.lost_listed + done.lost_presumed),
                      std::to_string(done.lost_presumed)) +
           "\n";
  for (const auto& [ca, serial] : done.next_serial)
    words += common.say(messages::next_serial, pki::to_string(ca), std::to_string(serial)) + "\n";
  if (const service::StricterRecords& stricter = done.stricter;
      stricter.credentials + stricter.operators + stricter.verifiers + stricter.keys > 0)
    words += common.say(messages::taken_over, std::to_string(stricter.credentials),
                        std::to_string(stricter.verifiers), std::to_string(stricter.operators),
                        std::to_string(stricter.keys)) +
             "\n";
  words += common.say(messages::verifiers_barred, std::to_string(done.verifiers_barred)) + "\n";
  words += common.say(messages::operators_barred, std::to_string(done.operators_barred),
                      std::to_string(done.operators_kept)) +
           "\n";
  words += common.say(messages::requests_rejected, std::to_string(done.requests_rejected)) + "\n";
  words += common.say(messages::recorded_is_lost) + "\n";
  if (!report.former_store.empty())
    words += common.say(messages::former_store, report.former_store.string()) + "\n";
  if (!dry_run) words += common.say(messages::after_restore);
  return words;
}

struct RestoreOptions {
  std::string file, confirm_with;
  bool dry_run = false, without_mark = false, without_damaged_lists = false, accept_clock = false,
       many_lost = false;
};

int restore(const CommonOptions& common, const RestoreOptions& options) {
  const service::SystemClock clock;
  const auto report =
      value_or_fail(service::restore({.data = open_data_folder(common),
                                      .backup = std::filesystem::absolute(options.file),
                                      .now = clock.now(),
                                      .dry_run = options.dry_run,
                                      .without_mark = options.without_mark,
                                      .without_damaged_lists = options.without_damaged_lists,
                                      .accept_clock = options.accept_clock,
                                      .many_lost = options.many_lost,
                                      .signed_for = read_two_credentials(common, options.confirm_with)}));
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
                     {"changes_since", done.changes_since},
                     {"damaged_files", report.damaged_files},
                     {"lists_missing", report.lists_missing},
                     {"taken_over", done.stricter.credentials + done.stricter.operators +
                                        done.stricter.verifiers + done.stricter.keys},
                     {"verifiers_barred", done.verifiers_barred},
                     {"operators_barred", done.operators_barred},
                     {"operators_kept", done.operators_kept},
                     {"requests_rejected", done.requests_rejected},
                     {"next_serial", std::move(serials)},
                     {"former_store", report.former_store.string()}},
        in_words(common, report, options.dry_run));
  return kDone;
}

int migrate(const CommonOptions& common, bool dry_run) {
  const service::SystemClock clock;
  const auto report = value_or_fail(service::migrate_folder(open_data_folder(common), clock.now(), dry_run));
  json::array steps;
  std::string words;
  for (const service::MigratedStep& step : report.steps) {
    steps.push_back(json::object{{"to", step.to}, {"what", step.what}, {"changed", step.changed}});
    words +=
        common.say(messages::migrated, std::to_string(step.to), step.what, std::to_string(step.changed)) +
        "\n";
  }
  if (report.steps.empty()) words = common.say(messages::nothing_to_migrate);
  if (dry_run) words += common.say(messages::nothing_changed);
  if (!report.copy.empty()) words += common.say(messages::store_copy, report.copy.string());
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
  auto dry_run = std::make_shared<bool>(false);
  auto restored = std::make_shared<RestoreOptions>();

  const Command backup_command =
      add_command(line, line.app, "backup", "One file of store and lists, while the service runs",
                  "jpki backup /backup/jpki-2026-11-23.tar --data jpki-data");
  backup_command.add_option("FILE", *file, "The file; one that is there is never overwritten").required();
  on_run(line, backup_command, [&common, file] { return backup(common, *file); });

  const Command restore_command =
      add_command(line, line.app, "restore", "Put a backup in the place of the store; the service is stopped",
                  "jpki restore /backup/jpki-2026-11-23.tar --data jpki-data --dry-run");
  restore_command.add_option("FILE", restored->file, "What `jpki backup` has made").required();
  restore_command.add_flag("--dry-run", restored->dry_run, "Only say what would be recorded");
  restore_command.add_flag("--without-high-water", restored->without_mark,
                           "The mark in the safety folder is lost: go by the lists alone");
  restore_command.add_flag(
      "--without-damaged-lists", restored->without_damaged_lists,
      "Newer lists are damaged and there is no copy: what they alone revoked is good again");
  restore_command.add_flag(
      "--accept-clock", restored->accept_clock,
      "The clock is right, although the store was last written long before, or after it");
  restore_command.add_flag("--many-lost", restored->many_lost,
                           "Record more than a million lost certificates of a CA");
  restore_command.add_option("--confirm-with", restored->confirm_with,
                             "A supervisor's credential, beside the officer's of --credential, where the "
                             "backup's authority asks for two persons");
  on_run(line, restore_command, [&common, restored] { return restore(common, *restored); });

  const Command migrate_command = add_command(
      line, line.app, "migrate", "Make the store one of this program's version; the service is stopped",
      "jpki migrate --data jpki-data --dry-run");
  migrate_command.add_flag("--dry-run", *dry_run, "Only say what would be changed");
  on_run(line, migrate_command, [&common, dry_run] { return migrate(common, *dry_run); });
}

}  // namespace cli
