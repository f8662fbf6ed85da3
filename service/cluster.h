// [cluster]: the log to which a store may belong, and this machine's place in it (docs/cluster.md).

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ca/key_folder.h"
#include "pki/result.h"
#include "registry/schema.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/leader.h"
#include "store/environment.h"
#include "store/log.h"
#include "store/postgres_trim.h"

namespace service {

// The configuration of a machine of a cluster. Errc::invalid_value when cluster.log is not set.
[[nodiscard]] pki::Result<Config> read_cluster_config(const std::filesystem::path& file);

// By what name this machine belongs to the log: cluster.name, or its host name.
[[nodiscard]] std::string machine_name(const ClusterSettings& settings);

// Where operators reach this machine's admin API, for those who ask another one: cluster.address, or https://
// with the address of listen.admin_https; empty when it listens on every address or not at all.
[[nodiscard]] std::string operators_address(const Config& config);

// The connections of this machine, which connect when they are used. REQUIRES: config.cluster.log is set.
// `wall` must outlive what is given. A view reads its half alone.
[[nodiscard]] LogMember open_member(const Config& config, const pki::Clock& wall,
                                    store::Readers reader = store::Readers::authorities);

// Errc::conflict unless the store belongs to a log exactly when one is configured; and for the store of a
// view, which is no authority's.
[[nodiscard]] pki::Result<void> check_membership(const ClusterSettings& settings,
                                                 const store::ReadTransaction& transaction);

// How far the store is; 0 where it belongs to no log, or cannot be read.
[[nodiscard]] std::uint64_t log_row_of(const store::Environment& environment);

// Errc::conflict when the store is older than what was published or given out, or its mark is missing: a log
// that began from it would prove it to be the newest.
[[nodiscard]] pki::Result<void> check_is_newest(const DataFolder& data, const Config& config,
                                                const store::Environment& environment);

// `jpki cluster init`: makes a log that begins from the store, and the store its view. Goes on where an
// earlier call was interrupted. Errc::already_exists when the store belongs to a log already, Errc::conflict
// when the database has a log that began from another store.
[[nodiscard]] pki::Result<store::LogIdentity> begin_log(const ClusterSettings& settings,
                                                        store::Environment& environment);

// `jpki cluster status`.
struct ClusterStatus {
  store::LogIdentity identity;
  store::LogStatus log;
  std::vector<store::MachineReport> machines;
  // The row of the store in the data folder; absent when it does not belong to this log.
  std::optional<std::uint64_t> store_row;
};
[[nodiscard]] pki::Result<ClusterStatus> read_cluster_status(const ClusterSettings& settings,
                                                             const store::Environment& environment);

// What the commands say: of a log that was begun, and of one as it is.
[[nodiscard]] std::string words_of(const store::LogIdentity& begun, pki::Language language);
[[nodiscard]] std::string words_of(const ClusterStatus& status, pki::Language language);

// `jpki cluster trim`, `jpki cluster forget` (store/postgres_trim.h), by a connection of the tables' owner.
[[nodiscard]] pki::Result<store::Trimmed> trim_log(const std::string& connection, pki::Time before);
[[nodiscard]] pki::Result<void> forget_machine(const std::string& connection, const std::string& name);

// Whether this machine may lead: the log is open, and every key that a leader signs with is here; what others
// made (`jpki ca roll`) must be copied. What was found of keys is kept until generations are added; what was
// missing is looked for again.
class KeyCheck final {
 public:
  KeyCheck(ca::KeyFolder keys, ca::ProfileConfig profile, ElapsedTime elapsed)
      : keys_(std::move(keys)), profile_(std::move(profile)), elapsed_(std::move(elapsed)) {}

  // Errc::conflict when the log is closed; else the error of the first key that does not open.
  [[nodiscard]] pki::Result<void> operator()(const store::ReadTransaction& transaction);

 private:
  [[nodiscard]] pki::Result<void> look(const store::ReadTransaction& transaction) const;

  ca::KeyFolder keys_;
  ca::ProfileConfig profile_;
  ElapsedTime elapsed_;
  // What the last look was about, when it was, and what it found.
  std::vector<registry::IssuerId> generations_;
  std::int64_t looked_at_ = 0;
  std::optional<pki::Result<void>> found_;
};

}  // namespace service
