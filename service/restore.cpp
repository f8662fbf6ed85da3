// Check, unpack aside, replay, rename.

#include "service/restore.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "ca/key_folder.h"
#include "pki/messages/service.h"
#include "registry/issuers.h"
#include "service/archive.h"
#include "service/backup.h"
#include "service/backup_content.h"
#include "service/clock.h"
#include "service/clock_mark.h"
#include "service/config.h"
#include "service/migrate.h"
#include "service/present_store.h"
#include "service/vault_opening.h"
#include "store/log_closure.h"
#include "store/log_view.h"
#include "store/owner_lock.h"
#include "store/write_time.h"

namespace service {

namespace {

// 20261123T050000Z
std::string stamp(pki::Time now) {
  std::string text = pki::to_rfc3339(now);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

// A moment as a clock.
class Moment final : public pki::Clock {
 public:
  explicit Moment(pki::Time now) : now_(now) {}
  [[nodiscard]] pki::Time now() const override { return now_; }
  [[nodiscard]] std::int64_t now_milliseconds() const override { return pki::to_unix(now_) * 1000; }

 private:
  pki::Time now_;
};

// The first of them, and how many more there are.
pki::Message names_of(const std::vector<std::filesystem::path>& files) {
  constexpr std::size_t kNamed = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(files.size(), kNamed); ++i)
    names += (i == 0 ? "" : ", ") + files[i].string();
  if (files.size() <= kNamed) return names;
  return {messages::and_more_files, names, std::to_string(files.size() - kNamed)};
}

class Restoring final {
 public:
  explicit Restoring(const RestoreRequest& request)
      : request_(request),
        aside_(request.data.root / kRestoring),
        keys_aside_(request.data.root / "keys.restoring") {}

  pki::Result<RestoreReport> run() {
    TRY_ASSIGN(const ArchiveReader archive, ArchiveReader::open(request_.backup));
    TRY(describe(archive));
    TRY(ask_present_store());
    std::optional<store::OwnerLock> lock;
    if (std::filesystem::exists(request_.data.store())) lock.emplace(request_.data.store());
    TRY(unpack(archive));
    auto restored = set_right();
    if (restored.has_error() || request_.dry_run) {
      std::error_code ignored;
      std::filesystem::remove_all(aside_, ignored);
      std::filesystem::remove_all(keys_aside_, ignored);
    }
    if (restored.has_error()) return std::move(restored).error();
    if (!request_.dry_run) TRY(put_in_place(archive, *restored));
    return std::move(report_);
  }

 private:
  pki::Result<void> describe(const ArchiveReader& archive) {
    TRY_ASSIGN(const BackupDescription backup, describe_backup(archive, request_.backup));
    report_.identity = archive.identity();
    report_.made = backup.made;
    authority_ = backup.authority;
    return {};
  }

  pki::Result<void> unpack(const ArchiveReader& archive) {
    std::filesystem::remove_all(aside_);
    std::filesystem::create_directories(aside_);
    std::filesystem::permissions(aside_, std::filesystem::perms::owner_all);
    archive.extract(*archive.find(kBackupStore), aside_ / "data.mdb");
    // Keys that are there are the right ones: they are never replaced.
    if (!std::filesystem::exists(request_.data.keys()) && has_keys(archive))
      extract_keys(archive, keys_aside_);
    if (!std::filesystem::exists(request_.data.config())) {
      const ArchiveMember* const config = archive.find(kBackupConfig);
      if (config == nullptr) return pki::fail(pki::Errc::not_found, messages::backup_without_config);
      if (request_.dry_run) {
        TRY_ASSIGN(config_, parse_config(archive.text(*config), "jpki.toml"));
        return {};
      }
      archive.extract(*config, request_.data.config());
    }
    TRY_ASSIGN(config_, read_config(request_.data.config()));
    return {};
  }

  [[nodiscard]] ca::KeyFolder keys() const {
    return std::filesystem::exists(keys_aside_) ? ca::KeyFolder(keys_aside_, request_.data.access)
                                                : request_.data.key_folder();
  }

  // The mark of the lost store. Its absence must be meant.
  pki::Result<std::optional<HighWater>> read_mark(const SafetyFolder& safety) const {
    auto mark = safety.read();
    if (mark.has_value() && *mark) return mark;
    if (request_.without_mark) return std::optional<HighWater>{};
    if (mark.has_error()) return std::move(mark).error();
    return pki::fail(pki::Errc::not_found, {messages::high_water_missing, safety.mark_file().string()});
  }

  // What is to be replaced knows what the backup does not: a supervisor who was added since, a credential
  // that was revoked or issued since. So it judges who signs. A store that does not open cannot be asked, and
  // is what a restore is for.
  [[nodiscard]] pki::Result<void> ask_present_store() {
    Config config;
    if (std::filesystem::exists(request_.data.config())) {
      TRY_ASSIGN(config, read_config(request_.data.config()));
    }
    if (!std::filesystem::exists(request_.data.store())) return check_no_log_is_named(config);
    try {
      const auto environment = store::Environment::open_any_version(
          {.directory = request_.data.store(), .map_bytes = config.map_bytes}, registry::kSchema);
      const auto present = environment->read();
      if (store::read_log_position(present)) return store::store_belongs_to_log();
      TRY(check_no_log_is_named(config));
      look_at(present);
      if (request_.dry_run) return {};
      if (!needs_two_persons(present, config)) return {};
      if (!request_.signed_for) return pki::fail(pki::Errc::forbidden, messages::restore_needs_two);
      TRY_ASSIGN(names_, check_two_credentials(present, *request_.signed_for, request_.now));
    } catch (const std::runtime_error&) {
      // The lock of the owner refuses below while another process has it.
      return check_no_log_is_named(config);
    }
    return {};
  }

  // A store that is gone or does not open cannot say that it belongs to a log.
  [[nodiscard]] static pki::Result<void> check_no_log_is_named(const Config& config) {
    if (config.cluster.log.empty()) return {};
    return pki::fail(pki::Errc::conflict, messages::restore_into_cluster);
  }

  // What cannot be read is not asked; who signs is judged all the same.
  void look_at(const store::ReadTransaction& present) {
    try {
      if (SafetyFolder({}, present).identity() == authority_) present_ = look_at_present_store(present);
    } catch (const std::runtime_error&) {
      present_.reset();
    }
  }

  // Whose names the audit log has: those who sign for it, or the process's user where none must. Where the
  // present store does not ask for two persons, the backup may.
  pki::Result<registry::Actor> find_actor(const store::ReadTransaction& backup) const {
    registry::Actor actor{.operator_name = "uid " + std::to_string(::geteuid()),
                          .role = registry::Role::officer};
    if (!names_.empty()) actor.operator_name = names_;
    if (request_.dry_run || !names_.empty() || !needs_two_persons(backup, config_)) return actor;
    if (!request_.signed_for) return pki::fail(pki::Errc::forbidden, messages::restore_needs_two);
    TRY_ASSIGN(actor.operator_name, check_two_credentials(backup, *request_.signed_for, request_.now));
    return actor;
  }

  // The restore dates what it records: so its clock is judged as that of a start is, by whatever is left of
  // the lost store. Gives the moment from which the store goes on, which is before nothing that was
  // published.
  [[nodiscard]] pki::Result<pki::Time> judge_clock(std::optional<pki::Time> backup,
                                                   const std::optional<HighWater>& mark) const {
    if (request_.accept_clock) return request_.now;
    // The mark knows of a clock that was repaired; a list of the false time, which lies there still, does
    // not.
    const auto witness = mark && mark->written ? mark->written : report_.newest_list;
    const auto present = present_ ? present_->last_write : std::nullopt;
    const std::optional<pki::Time> latest = std::max({backup, present, witness});
    const Moment wall(request_.now);
    const TrustedClock judged(wall, elapsed_milliseconds, config_.clock, latest,
                              read_clock_mark(request_.data, boot_id()));
    if (const auto doubt = judged.doubt())
      return pki::fail(pki::Errc::conflict, {messages::restore_clock_in_doubt, pki::to_rfc3339(doubt->wall),
                                             pki::to_rfc3339(doubt->trusted)});
    return std::max(request_.now, latest.value_or(request_.now));
  }

  // Whether the lost store has numbered lists of which none was found: they are gone, or were never released.
  [[nodiscard]] static bool lacks_lists(const crl::ListEvidence& evidence, const HighWater& mark,
                                        const HighWater& backup) {
    return std::ranges::any_of(mark.crl_numbers, [&](const auto& entry) {
      const auto& [ca, number] = entry;
      const auto found = evidence.greatest_number.find(ca);
      return number >
             std::max(backup.crl_numbers.at(ca), found == evidence.greatest_number.end() ? 0 : found->second);
    });
  }

  // The newer lists, which must be as they were released.
  [[nodiscard]] pki::Result<crl::ListEvidence> read_lists(const store::ReadTransaction& snapshot) {
    TRY_ASSIGN(crl::ListEvidence evidence, crl::read_newer_lists(snapshot, request_.data.crls()));
    report_.lists = evidence.lists;
    report_.newest_list = evidence.newest;
    report_.damaged_files = evidence.damaged.size();
    if (!evidence.damaged.empty() && !request_.without_damaged_lists)
      return pki::fail(pki::Errc::conflict, {messages::newer_lists_damaged, names_of(evidence.damaged)});
    return evidence;
  }

  // Gives the state of the restored store.
  pki::Result<HighWater> set_right() {
    const auto environment = store::Environment::open_any_version(
        {.directory = aside_, .map_bytes = config_.map_bytes}, registry::kSchema);
    if (store::read_log_position(environment->read()))
      return pki::fail(pki::Errc::conflict, messages::backup_of_log);
    const auto backup_write = store::last_write_time(environment->read());
    TRY_ASSIGN(const auto vault, open_vault(keys(), environment->read()));
    TRY_ASSIGN(const registry::Actor actor, find_actor(environment->read()));
    TRY(migrate(*environment, *vault, {.now = request_.now, .actor = actor}));
    safety_.emplace(request_.data.safety(config_.safety_folder), environment->read());
    if (safety_->identity() != authority_)
      return pki::fail(pki::Errc::malformed, messages::backup_of_another);
    TRY_ASSIGN(const std::optional<HighWater> mark, read_mark(*safety_));
    if (mark)
      for (const auto& [issuer, sequence] : mark->sequences)
        if (!registry::find_issuer(environment->read(), issuer))
          return pki::fail(pki::Errc::conflict, {messages::backup_before_generation, to_string(issuer)});
    TRY_ASSIGN(const crl::ListEvidence evidence, read_lists(environment->read()));
    report_.lists_missing = mark && lacks_lists(evidence, *mark, high_water_of(environment->read()));
    TRY_ASSIGN(const pki::Time goes_on_from, judge_clock(backup_write, mark));
    auto transaction = store::begin_exclusive_write(*environment);
    TRY_ASSIGN(report_.replayed,
               replay(transaction, {.evidence = evidence,
                                    .mark = mark,
                                    .present = present_ ? &*present_ : nullptr,
                                    .many_lost = request_.many_lost,
                                    .now = request_.now,
                                    .actor = actor,
                                    .backup = report_.identity.substr(0, 16) + " of " + report_.made}));
    store::set_last_write_time(transaction, goes_on_from);
    const HighWater now = high_water_of(transaction);
    if (!request_.dry_run) transaction.commit();
    return now;
  }

  pki::Result<void> put_in_place(const ArchiveReader& archive, const HighWater& mark) {
    extract_lists(archive, request_.data.root);
    std::string suffix = std::string(kBeforeRestore) + stamp(request_.now);
    // Two within a second.
    while (std::filesystem::exists(request_.data.store().string() + suffix))
      suffix += "-again";
    if (std::filesystem::exists(request_.data.store())) {
      report_.former_store = request_.data.store().string() + suffix;
      std::filesystem::rename(request_.data.store(), report_.former_store);
    }
    if (std::filesystem::exists(keys_aside_)) std::filesystem::rename(keys_aside_, request_.data.keys());
    std::filesystem::rename(aside_, request_.data.store());
    // The store is beyond the former mark in all that was given out, but its audit log has another past.
    std::error_code missing;
    std::filesystem::rename(safety_->heads_file(), safety_->heads_file().string() + suffix, missing);
    // Copied and replaced: at no moment is there a store that expects a mark, and none.
    std::filesystem::copy_file(safety_->mark_file(), safety_->mark_file().string() + suffix, missing);
    return safety_->save(mark);
  }

  const RestoreRequest& request_;
  const std::filesystem::path aside_, keys_aside_;
  std::string authority_;
  // Of the two whom the present store has accepted.
  std::string names_;
  // What else the present store says.
  std::optional<PresentStore> present_;
  Config config_;
  std::optional<SafetyFolder> safety_;
  RestoreReport report_;
};

}  // namespace

pki::Result<RestoreReport> restore(const RestoreRequest& request) {
  return Restoring(request).run();
}

}  // namespace service
