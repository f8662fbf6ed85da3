// An authority whose store and keys are open: what a process needs before it can serve or change anything.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ca/authority.h"
#include "ca/ceremony.h"
#include "ca/issue.h"
#include "http/runtime.h"
#include "ocsp/service.h"
#include "service/audit_heads.h"
#include "service/data_folder.h"
#include "service/high_water.h"
#include "store/environment.h"
#include "store/vault.h"
#include "store/writer.h"

namespace service {

class Leader;  // service/leader.h

struct OpeningOptions {
  DataFolder data;
  ca::ProfileConfig profile = {};
  // Where the high-water mark lies, see DataFolder::safety(); there is none for what does not outlive the
  // process.
  std::string safety_folder = {};
  store::Durability durability = store::Durability::full;
  MissingMark missing_mark = MissingMark::refused;
  // Where new responder and server keys come from.
  ca::KeySource make_key = {};
  // For the mock's replays: what is drawn for certificates comes from this seed. Absent: the system's.
  std::optional<std::uint64_t> seed = {};
  // Hears of faults, one line each.
  http::ErrorHandler on_error = {};
  // Hears of what should be found later, one line each: signed heads of the audit log.
  http::ErrorHandler on_note = {};
  // Of a store that belongs to a log; null: it must not. Must outlive the authority.
  Leader* leader = nullptr;
};

// What the services above an authority work with; the tests make one of their own parts.
struct AuthorityParts {
  const store::Environment& environment;
  store::Writer& writer;
  const store::Vault& vault;
  ca::Authority& authority;
  ca::Issuance& issuance;
  const pki::Clock& clock;
};

// The profile of a store's authority: what certificates say is frozen with the generation, whatever the
// configuration says today. Errc::not_found when the store has no CA.
[[nodiscard]] pki::Result<ca::Profile> frozen_profile(ca::ProfileConfig config,
                                                      const store::ReadTransaction& transaction);

// The store of an initialised data folder. Errc::forbidden when others may look into the folder; throws
// StoreError as store::Environment::open.
[[nodiscard]] pki::Result<std::unique_ptr<store::Environment>> open_store(const DataFolder& data,
                                                                          std::uint64_t map_bytes);

// The same for reading alone, while a service may own it.
[[nodiscard]] pki::Result<std::unique_ptr<store::Environment>> open_store_beside(const DataFolder& data,
                                                                                 std::uint64_t map_bytes);

// When the store was last written, for the clock's guard; absent when it never was.
[[nodiscard]] std::optional<pki::Time> last_write_of(const store::Environment& environment);

// The members are declared in the order in which they depend on each other; they end in reverse.
class OpenAuthority final {
 public:
  // Loads the keys of an initialised data folder, and renews responders that ended while no service ran.
  // Errors say which file is wrong and what to do. `clock` must outlive the object.
  static pki::Result<std::unique_ptr<OpenAuthority>> open(OpeningOptions options, const pki::Clock& clock,
                                                          std::unique_ptr<store::Environment> environment);

  [[nodiscard]] AuthorityParts parts() {
    return {*environment_, *writer_, *vault_, *authority_, *issuance_, clock_};
  }
  [[nodiscard]] const store::Environment& environment() const { return *environment_; }
  [[nodiscard]] store::Writer& writer() { return *writer_; }
  [[nodiscard]] const store::Vault& vault() const { return *vault_; }
  [[nodiscard]] store::Vault& vault() { return *vault_; }
  [[nodiscard]] const ca::Authority& authority() const { return *authority_; }
  [[nodiscard]] ca::Issuance& issuance() { return *issuance_; }
  [[nodiscard]] const pki::Clock& clock() const { return clock_; }
  // Null without a safety folder.
  [[nodiscard]] const SafetyFolder* safety() const { return safety_.get(); }
  [[nodiscard]] AuditHeads* audit_heads() const { return audit_heads_.get(); }
  [[nodiscard]] const DataFolder& data() const { return options_.data; }
  [[nodiscard]] ca::KeyFolder keys() const { return options_.data.key_folder(); }
  [[nodiscard]] const ca::KeySource& make_key() const { return options_.make_key; }
  // By what name this machine belongs to its log; empty without one.
  [[nodiscard]] std::string machine() const;

  // Adds a data key, which seals from now on; Upkeep seals all older records again. Errc::conflict while a
  // rotation is under way, Errc::too_busy without the sealing key.
  [[nodiscard]] pki::Result<void> begin_rotation(const registry::Actor& actor);
  // Seals some records again; gives false when there is nothing left to do.
  [[nodiscard]] pki::Result<bool> continue_rotation();
  // Lists some residents by their names; gives false when all are listed. Upkeep's thread alone uses it.
  [[nodiscard]] pki::Result<bool> continue_resident_index();

  // Renews a generation's responder when it is due; gives true when it did. Never throws: where keys or the
  // store cannot be written, status answers go on with what there is.
  bool renew_responder(const registry::SigningIssuer& ca);
  void report(const std::string& line) const;

 private:
  OpenAuthority(OpeningOptions options, const pki::Clock& clock)
      : options_(std::move(options)), clock_(clock) {}
  pki::Result<void> load();
  // Refuses a store that was put back, before anything is written or served.
  pki::Result<void> check_age();
  void expect_mark();
  pki::Result<void> seal_constant();
  pki::Result<void> sum_up_revoked();
  pki::Result<void> list_reported_keys();
  pki::Result<void> make_resident_index();

  OpeningOptions options_;
  const pki::Clock& clock_;
  std::unique_ptr<store::Environment> environment_;
  std::unique_ptr<store::Vault> vault_;
  // The writer follows it.
  std::unique_ptr<SafetyFolder> safety_;
  std::unique_ptr<store::Writer> writer_;
  std::optional<ca::Authority> authority_;
  std::unique_ptr<AuditHeads> audit_heads_;
  std::unique_ptr<ca::Issuance> issuance_;
};

}  // namespace service
