// One running authority: open store and keys, the services over them, and what it does by itself. `serve` and
// `mock` both run one.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/router.h"
#include "http/server.h"
#include "service/background.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/open_authority.h"
#include "service/readiness.h"
#include "service/services.h"
#include "service/tls_material.h"
#include "service/trusted_clock.h"
#include "service/upkeep.h"

namespace service {

struct InstanceOptions {
  DataFolder data;
  Config config;
  store::Durability durability = store::Durability::full;
  MissingMark missing_mark = MissingMark::refused;
  // Hears of faults, one line each.
  http::ErrorHandler on_error = {};
  // Hears of what should be found later, one line each: signed heads of the audit log.
  http::ErrorHandler on_note = {};
  // Where new responder keys come from when the service renews them.
  ca::KeySource make_key = {};
  // For the mock's replays: what is drawn for certificates comes from this seed. Absent: the system's.
  std::optional<std::uint64_t> seed = {};
  // The guard, where the instance's clock has one; null in the mock, whose clock may be set. Must outlive it.
  TrustedClock* guard = nullptr;
  // Of the operators' socket; the mock's trusts everyone, although it has operators.
  admin::SocketTrust socket_trust = admin::SocketTrust::operators;
  TlsUse tls_use = TlsUse::servers;
  // Of a store that belongs to a log; null: it must not. Must outlive the instance.
  Leader* leader = nullptr;
  // By which readiness is kept for a second.
  SteadyTime steady = std::chrono::steady_clock::now;
};

// The members are declared in the order in which they depend on each other; they end in reverse.
class Instance final {
 public:
  // Opens the store of an initialised data folder and loads the keys. Errors say which file and what to do.
  static pki::Result<std::unique_ptr<Instance>> open(InstanceOptions options, const pki::Clock& clock,
                                                     std::unique_ptr<store::Environment> environment);

  // Adds the paths of operators' monitoring: /metrics, /livez and /readyz, which with ?for=answers says only
  // whether status is answered, for balancers, and which is judged at most once a second. `servers` are
  // counted, too, and must outlive the router's use. Called once.
  void mount_ops(http::Router& router, std::vector<const http::Server*> servers);

  // Publishes what is due, records what time brings and renews certificates, from threads of its own.
  void start_background();
  // In place of the above, for the mock, whose clock is set: see Upkeep. One call at a time.
  void catch_up() { upkeep_->catch_up(); }
  void apply_time() { upkeep_->apply_time(); }
  // Readiness knows the current lists from now on: after a publication outside of the background's.
  void look_at_list_files() { upkeep_->look_at_list_files(); }
  // The end of the above; waits for what is running. Called when the listeners have drained.
  void stop_background();

  [[nodiscard]] const Config& config() const { return options_.config; }
  [[nodiscard]] const DataFolder& data() const { return options_.data; }
  [[nodiscard]] Services& services() { return *services_; }
  // Null when HTTPS is switched off for verifiers and operators.
  [[nodiscard]] const TlsMaterial* tls() const { return tls_.get(); }
  [[nodiscard]] TlsMaterial* tls() { return tls_.get(); }
  void report(const std::string& line) const { authority_->report(line); }

  [[nodiscard]] const store::Environment& environment() const { return authority_->environment(); }
  [[nodiscard]] store::Writer& writer() { return authority_->writer(); }
  [[nodiscard]] const store::Vault& vault() const { return authority_->vault(); }
  [[nodiscard]] const ca::Authority& authority() const { return authority_->authority(); }
  [[nodiscard]] ca::Issuance& issuance() { return authority_->issuance(); }
  [[nodiscard]] crl::Publisher& publisher() { return services_->publisher(); }

 private:
  explicit Instance(InstanceOptions options) : options_(std::move(options)) {}
  pki::Result<void> load(const pki::Clock& clock, std::unique_ptr<store::Environment> environment);
  [[nodiscard]] Judgement judge_readiness() const;
  [[nodiscard]] std::vector<std::string> answer_faults() const;
  // What is wrong beside those.
  [[nodiscard]] std::vector<std::string> other_faults() const;
  // False also when the store cannot say.
  [[nodiscard]] bool is_on_trial() const;

  InstanceOptions options_;
  std::unique_ptr<OpenAuthority> authority_;
  std::unique_ptr<TlsMaterial> tls_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<Background> background_;
  // Has a thread of its own, so that the question whether we are ready waits for no request. Ends first.
  std::unique_ptr<Readiness> readiness_;
};

}  // namespace service
