// The parts of a member, and what the commands ask.

#include "service/cluster.h"

#include <unistd.h>

#include <array>
#include <thread>

#include "ca/authority.h"
#include "pki/bytes.h"
#include "pki/messages/service.h"
#include "registry/issuers.h"
#include "service/clock.h"
#include "service/high_water.h"
#include "service/inbox.h"
#include "service/open_authority.h"
#include "store/file_share.h"
#include "store/log_closure.h"
#include "store/log_view.h"
#include "store/postgres_log.h"
#include "store/view_snapshot.h"

namespace service {

namespace {

// Between two looks for a key that was missing.
constexpr std::int64_t kFindAgainMilliseconds = 5'000;

// A role of MachineReport; one of another version as it is.
pki::Message role_in_words(const std::string& role) {
  if (role == "leader") return messages::role_leader;
  if (role == "standby") return messages::role_standby;
  if (role == "joining") return messages::role_joining;
  if (role == "view") return messages::role_view;
  return role;
}

}  // namespace

pki::Result<Config> read_cluster_config(const std::filesystem::path& file) {
  TRY_ASSIGN(Config config, read_config(file));
  if (config.cluster.log.empty()) return pki::invalid("cluster.log", messages::cluster_without_log);
  return config;
}

std::string machine_name(const ClusterSettings& settings) {
  if (!settings.name.empty()) return settings.name;
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string operators_address(const Config& config) {
  if (!config.cluster.address.empty()) return config.cluster.address;
  const http::TcpAddress& listener = config.admin_https_listener;
  const bool is_everywhere = listener.host == "0.0.0.0" || listener.host == "::";
  if (config.admin_https == HttpsListening::off || is_everywhere) return {};
  return "https://" + http::to_string(http::Address{listener});
}

LogMember open_member(const Config& config, const pki::Clock& wall, store::Readers reader) {
  const auto open = [&](std::chrono::milliseconds patience) {
    return store::open_postgres_log({.connection = config.cluster.log,
                                     .patience = patience,
                                     .address = operators_address(config),
                                     .reader = reader},
                                    pki::Rng::system());
  };
  // A renewal that takes longer than half of what it is for comes too late anyway.
  return {.rows = open(std::chrono::seconds{5}),
          .lease = open(kAnswerTime / 2),
          .grants = open(kAnswerTime / 2),
          .inbox = open(std::chrono::seconds{5}),
          .files = store::open_postgres_file_share(
              {.connection = config.cluster.log, .patience = std::chrono::seconds{30}}),
          .open_nonces =
              [connection = config.cluster.log, machine = machine_name(config.cluster)] {
                // Longer than a client should wait for an answer: tryLater.
                return store::open_postgres_nonces(
                    {.connection = connection, .patience = std::chrono::seconds{1}}, machine);
              },
          .machine = machine_name(config.cluster),
          .elapsed = elapsed_milliseconds,
          .wall = wall,
          .wait = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
          .acknowledge = config.cluster.acknowledge,
          .read_lease = config.cluster.lease};
}

pki::Result<void> check_membership(const ClusterSettings& settings,
                                   const store::ReadTransaction& transaction) {
  if (store::is_store_of_view(transaction)) return pki::fail(pki::Errc::conflict, messages::store_is_of_view);
  const bool belongs = store::read_log_position(transaction).has_value();
  if (belongs && settings.log.empty()) return store::store_belongs_to_log();
  if (!belongs && !settings.log.empty()) return pki::fail(pki::Errc::conflict, messages::store_without_log);
  return {};
}

std::uint64_t log_row_of(const store::Environment& environment) {
  try {
    const auto position = store::read_log_position(environment.read());
    return position ? position->number : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

pki::Result<void> check_is_newest(const DataFolder& data, const Config& config,
                                  const store::Environment& environment) {
  const auto snapshot = environment.read();
  const SafetyFolder safety(data.safety(config.safety_folder), snapshot);
  return refuse_old_store(snapshot, data.crls(), &safety);
}

pki::Result<store::LogIdentity> begin_log(const ClusterSettings& settings, store::Environment& environment) {
  if (store::read_log_position(environment.read()))
    return pki::fail(pki::Errc::already_exists, messages::store_in_log);
  const pki::Bytes anchor = store::digest_of_store(environment.read(), registry::kSchema);
  const store::PostgresOptions options{.connection = settings.log};
  auto made = store::create_log(options, anchor, pki::Rng::system());
  if (made.has_error()) {
    // A log that an interrupted call has made, or the machine from which this store was copied.
    const auto there = store::open_postgres_log(options, pki::Rng::system())->identity();
    if (there.has_error() || there->anchor != anchor) return made.error();
    made = *there;
  }
  TRY(store::LogView(environment, registry::kSchema).begin(*made));
  return *made;
}

pki::Result<ClusterStatus> read_cluster_status(const ClusterSettings& settings,
                                               const store::Environment& environment) {
  const auto log = store::open_postgres_log({.connection = settings.log}, pki::Rng::system());
  ClusterStatus status;
  TRY_ASSIGN(status.identity, log->identity());
  TRY_ASSIGN(status.log, log->status());
  TRY_ASSIGN(status.machines, log->reports());
  const auto position = store::read_log_position(environment.read());
  if (position && position->log_id == status.identity.id) status.store_row = position->number;
  return status;
}

namespace {

// The leader has it in the audit log within a second; where none leads, the next one has.
pki::Result<void> note_for_audit(const std::string& connection, OwnersNote note) {
  note.subjects.push_back("by uid " + std::to_string(::geteuid()) + " on " + machine_name({}));
  const auto log = store::open_postgres_log({.connection = connection}, pki::Rng::system());
  return send_note(*log, note, SystemClock());
}

}  // namespace

pki::Result<store::Trimmed> trim_log(const std::string& connection, pki::Time before) {
  TRY_ASSIGN(store::Trimmed trimmed, store::trim_log({.connection = connection}, before));
  if (trimmed.removed > 0)
    TRY(note_for_audit(connection, {.action = "cluster trim",
                                    .subjects = {"before " + pki::to_rfc3339(before),
                                                 "rows removed: " + std::to_string(trimmed.removed),
                                                 "first row: " + std::to_string(trimmed.first_kept)}}));
  return trimmed;
}

pki::Result<void> forget_machine(const std::string& connection, const std::string& name) {
  TRY(store::forget_machine({.connection = connection}, name));
  return note_for_audit(connection, {.action = "cluster forget", .subjects = {"machine " + name}});
}

std::string words_of(const store::LogIdentity& begun, pki::Language language) {
  return pki::Message{messages::cluster_begun, pki::to_hex(begun.id)}.in(language);
}

namespace {

pki::Message words_of(const store::MachineReport& machine, std::uint64_t rows) {
  const std::string row = std::to_string(machine.row), age = std::to_string(machine.age.count() / 1000);
  if (machine.role == "leader")
    return {messages::cluster_machine, machine.name, role_in_words(machine.role), row, age};
  const std::uint64_t behind = rows > machine.row ? rows - machine.row : 0;
  const pki::Message lease =
      machine.lease_left.count() > 0
          ? pki::Message{messages::cluster_lease_left, std::to_string(machine.lease_left.count())}
          : pki::Message(messages::cluster_no_lease);
  return {messages::cluster_machine_lease,
          machine.name,
          role_in_words(machine.role),
          row,
          std::to_string(behind),
          age,
          lease};
}

}  // namespace

std::string words_of(const ClusterStatus& status, pki::Language language) {
  const auto number = [](auto value) { return std::to_string(value); };
  const store::LogStatus& log = status.log;
  const std::string id = pki::to_hex(status.identity.id);
  std::vector<pki::Message> lines;
  if (log.rows > 0)
    lines.push_back({messages::cluster_rows, id, number(log.rows), pki::to_rfc3339(log.last_row_at)});
  else
    lines.push_back({messages::cluster_no_rows, id});
  if (log.is_closed)
    lines.push_back({messages::cluster_closed, log.machine});
  else if (log.lease_left.count() > 0)
    lines.push_back({messages::cluster_led, log.machine, number(log.epoch.number)});
  else
    lines.emplace_back(messages::cluster_not_led);
  for (const store::MachineReport& machine : status.machines)
    lines.push_back(words_of(machine, log.rows));
  if (status.store_row)
    lines.push_back({messages::cluster_store_row, number(*status.store_row)});
  else
    lines.emplace_back(messages::cluster_other_store);
  std::string words;
  for (const pki::Message& line : lines)
    words += (words.empty() ? "" : "\n") + line.in(language);
  return words;
}

pki::Result<void> KeyCheck::look(const store::ReadTransaction& transaction) const {
  TRY_ASSIGN(ca::Profile profile, frozen_profile(profile_, transaction));
  TRY(ca::Authority::load(transaction, keys_, std::move(profile)));
  return {};
}

pki::Result<void> KeyCheck::operator()(const store::ReadTransaction& transaction) {
  if (store::is_store_of_view(transaction)) return pki::fail(pki::Errc::conflict, messages::store_is_of_view);
  TRY(store::check_log_is_open(transaction));
  std::vector<registry::IssuerId> generations;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction))
    generations.push_back(issuer.id);
  const bool is_known = found_ && generations == generations_;
  if (is_known && (found_->has_value() || elapsed_() - looked_at_ < kFindAgainMilliseconds)) return *found_;
  generations_ = std::move(generations);
  found_ = look(transaction);
  looked_at_ = elapsed_();
  return *found_;
}

}  // namespace service
