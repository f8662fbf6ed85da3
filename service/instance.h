// One running authority: store, keys, services and listeners wired together. `serve` and `mock` both run one.

#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "admin/api.h"
#include "admin/verifier_services.h"
#include "ca/authority.h"
#include "ca/issue.h"
#include "crl/publisher.h"
#include "crl/serve.h"
#include "http/runtime.h"
#include "http/server.h"
#include "ocsp/service.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/guard.h"
#include "service/ledger_keeper.h"
#include "store/environment.h"
#include "store/vault.h"
#include "store/writer.h"
#include "verifier/recognition.h"

namespace service {

struct InstanceOptions {
  DataFolder data;
  Config config;
  store::Durability durability = store::Durability::full;
  // Hears of faults, one line each.
  http::ErrorHandler on_error = {};
  // Where new responder keys come from when the service renews them.
  std::function<pki::PrivateKey(std::string_view, pki::KeyAlgorithm)> make_key;
  // For the mock's replays: what is drawn for certificates comes from this seed. Absent: the system's.
  std::optional<std::uint64_t> seed = {};
};

// How many connections the verifiers' listeners may have.
struct ConnectionLimits {
  std::size_t http = 0;
  std::size_t https = 0;
};

// Raises the number of files that the process may open to what the system allows, and shares it out: always
// some are left, so that the store, the CRLs and the other listeners never go without.
[[nodiscard]] ConnectionLimits allow_connections();

// Of the admin socket: bodies of a mebibyte, and time for a publication of every list at national scale.
[[nodiscard]] http::Limits admin_limits();

// The profile of a store's authority: what certificates say is frozen with the generation, whatever the
// configuration says today. Errc::not_found when the store has no CA.
[[nodiscard]] pki::Result<ca::Profile> frozen_profile(ca::ProfileConfig config,
                                                      const store::ReadTransaction& transaction);

// Calls a function again and again on a thread of its own until it ends.
class PeriodicTask final {
 public:
  // `on_error` hears of exceptions; the next call comes all the same.
  PeriodicTask(std::chrono::milliseconds interval, std::function<void()> function,
               http::ErrorHandler on_error);
  ~PeriodicTask();
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread thread_;
};

// The members are declared in the order in which they depend on each other; they end in reverse.
class Instance final {
 public:
  // Opens the store of an initialised data folder and loads the keys. Errors say which file and what to do.
  static pki::Result<std::unique_ptr<Instance>> open(InstanceOptions options, const pki::Clock& clock,
                                                     std::unique_ptr<store::Environment> environment);

  // Adds the listeners' paths to routers.
  void mount_verifier(http::Router& router);
  // Counterparts and current items: for a listener that asks for client certificates.
  void mount_verifier_services(http::Router& router);
  void mount_admin(http::Router& router);
  // /metrics, /livez and /readyz; `servers` are counted, too, and must outlive the router's use.
  void mount_ops(http::Router& router, std::vector<const http::Server*> servers);

  // The HTTPS listener of the verifiers; null when it is switched off, or left to "auto" and its port is
  // another program's, which the log says. Throws as http::Server when a port that was chosen is not free.
  // `runtime` and the instance must outlive it.
  [[nodiscard]] std::unique_ptr<http::Server> listen_https(http::Runtime& runtime);

  // Publishes what is due and renews responders, from threads of its own, until the end.
  void start_background();
  // The end of the above; waits for what is running.
  void stop_background();

  // For the listeners of this instance.
  [[nodiscard]] const Guards& guards() const { return *guards_; }
  [[nodiscard]] const store::Environment& environment() const { return *environment_; }
  [[nodiscard]] store::Writer& writer() { return *writer_; }
  [[nodiscard]] const store::Vault& vault() const { return *vault_; }
  [[nodiscard]] const ca::Authority& authority() const { return *authority_; }
  [[nodiscard]] ca::Issuance& issuance() { return *issuance_; }
  [[nodiscard]] crl::Publisher& publisher() { return *publisher_; }

 private:
  Instance(InstanceOptions options, const pki::Clock& clock) : options_(std::move(options)), clock_(clock) {}
  pki::Result<void> load();
  // Renews one generation's responder when it is due; gives true when it did. Never throws: where keys or the
  // store cannot be written, status answers go on with what there is.
  bool renew_responder(const registry::SigningIssuer& ca);
  void renew_responders();
  // Fills in the rows of a compromised generation, and publishes its lists at the end.
  void follow_compromises();
  // HTTPS (instance_tls.cpp).
  pki::Result<void> load_tls();
  // Never throws: one that ends later is used as long as no new one can be written.
  bool renew_server_certificate();
  void renew_tls();
  // The paths of the plain listener, and those for clients with a certificate alone.
  void mount_verifier_https(http::Router& router);
  [[nodiscard]] http::ClientVerdict judge_verifier(pki::ByteView certificate) const;
  // Adds the ledger's counts to the store; a failure is reported once, until one succeeds.
  void keep_ledger();
  // Retries what could not be written before.
  void keep_house();
  // Removes answers to repeated requests whose day is over.
  void forget_answers();
  // Records what time has brought: at once when the day begins in Japan, and whatever a downtime left.
  void sweep();
  // The credentials of verifiers that have ended their PIN-less checks.
  void end_credentials();
  void report(const std::string& line) const;
  [[nodiscard]] std::string metrics(const std::vector<const http::Server*>& servers) const;
  // What is not in order; empty when ready.
  [[nodiscard]] std::vector<std::string> faults() const;
  // The same, computed at most once a second however often it is asked for.
  [[nodiscard]] std::vector<std::string> recent_faults();

  InstanceOptions options_;
  const pki::Clock& clock_;
  std::atomic<bool> ledger_failing_{false};
  // The last day in Japan on which end_credentials() has looked; the sweep's thread alone uses it.
  std::optional<pki::Date> credentials_looked_at_;
  std::unique_ptr<store::Environment> environment_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<store::Writer> writer_;
  verifier::Recognition recognition_;
  std::optional<Guards> guards_;
  verifier::LedgerCounters ledger_counters_;
  std::unique_ptr<LedgerKeeper> ledger_keeper_;
  std::optional<ca::Authority> authority_;
  std::unique_ptr<ca::Issuance> issuance_;
  std::unique_ptr<crl::Publisher> publisher_;
  // Null when HTTPS is switched off.
  std::shared_ptr<http::TlsServer> verifier_tls_;
  std::unique_ptr<ocsp::Service> ocsp_;
  std::unique_ptr<crl::Lists> lists_;
  std::unique_ptr<admin::Workers> workers_;
  // Their own, so that verifiers' services, operators and the question whether we are ready do not wait for
  // one another.
  std::unique_ptr<admin::Workers> verifier_workers_, readiness_worker_;
  std::mutex readiness_mutex_;
  // Both guarded by readiness_mutex_.
  std::vector<std::string> last_faults_;
  std::optional<std::chrono::steady_clock::time_point> faults_found_at_;
  std::unique_ptr<admin::Api> api_;
  std::unique_ptr<admin::VerifierServices> verifier_services_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<PeriodicTask> housekeeping_, publication_, sweep_, renewal_, filling_, ledger_, answers_;
};

}  // namespace service
