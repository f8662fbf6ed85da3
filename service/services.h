// The services over an open authority: publication, status answers, lists, the operators' and the verifiers'
// API. The tests' world runs the same object (tests/support/world.h).

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/api.h"
#include "admin/verifier_services.h"
#include "crl/list_health.h"
#include "crl/publisher.h"
#include "crl/serve.h"
#include "http/router.h"
#include "ocsp/service.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/guard.h"
#include "service/ledger_keeper.h"
#include "service/open_authority.h"
#include "service/rollover.h"
#include "service/trusted_clock.h"
#include "verifier/recognition.h"

namespace service {

struct ServicesOptions {
  DataFolder data;
  Config config;
  store::Durability durability = store::Durability::full;
  // Hears of faults, one line each.
  http::ErrorHandler on_error = {};
  // The guard over the clock of the parts; null when it has none (the mock, tests). Must outlive the object.
  TrustedClock* guard = nullptr;
  // Whose lease every answer about a status or a record needs; null without a log. Must outlive the object.
  Leader* leader = nullptr;
  // Where the keys of a CA's next generation come from.
  ca::KeySource make_key = {};
  admin::SocketTrust socket_trust = admin::SocketTrust::operators;
  // Called when a generation of the operations CA is in use.
  std::function<void()> on_operations_ca = {};
  // How a rotation of the data key begins; empty where there is none.
  admin::RotationStart begin_rotation = {};
};

// The members are declared in the order in which they depend on each other; they end in reverse.
class Services final {
 public:
  // `parts` must outlive the object; the responders are those of the store, with their keys in the data
  // folder.
  static pki::Result<std::unique_ptr<Services>> create(const AuthorityParts& parts, ServicesOptions options);

  // Add paths to routers: OCSP, lists, certificates and notices; counterparts and current items, for
  // listeners that ask for a client certificate; the operators' API.
  void mount_verifier(http::Router& router);
  void mount_verifier_services(http::Router& router);
  void mount_admin(http::Router& router);

  [[nodiscard]] crl::Publisher& publisher() { return publisher_; }
  [[nodiscard]] const crl::Publisher& publisher() const { return publisher_; }
  [[nodiscard]] crl::ListHealth& list_health() { return list_health_; }
  [[nodiscard]] const crl::ListHealth& list_health() const { return list_health_; }
  [[nodiscard]] ocsp::Service& ocsp() { return *ocsp_; }
  [[nodiscard]] const ocsp::Service& ocsp() const { return *ocsp_; }
  [[nodiscard]] const crl::CrlEndpoint& lists() const { return lists_; }
  // What the operators' requests wait for, and what serves them.
  [[nodiscard]] admin::Workers& workers() { return workers_; }
  [[nodiscard]] const admin::Api& api() const { return api_; }
  [[nodiscard]] const verifier::Recognition& recognition() const { return recognition_; }
  [[nodiscard]] const Guards& guards() const { return guards_; }
  // The limits of `config` that may change while it runs, from now on.
  void set_limits(const Config& config);
  [[nodiscard]] Rollover& rollover() { return *rollover_; }
  [[nodiscard]] LedgerKeeper& ledger() { return ledger_keeper_; }

 private:
  Services(const AuthorityParts& parts, const ServicesOptions& options);
  pki::Result<void> open_ocsp(ocsp::ServiceOptions answers, const ServicesOptions& options);
  [[nodiscard]] admin::ApiServices for_operators(const ServicesOptions& options);

  AuthorityParts parts_;
  Config config_;
  verifier::Recognition recognition_;
  Guards guards_;
  verifier::LedgerCounters ledger_counters_;
  LedgerKeeper ledger_keeper_;
  crl::ListHealth list_health_;
  crl::Publisher publisher_;
  std::unique_ptr<ocsp::Service> ocsp_;
  std::unique_ptr<Rollover> rollover_;
  crl::CrlEndpoint lists_;
  admin::Api api_;
  admin::VerifierServices verifier_services_;
  // Two, so that verifiers' services and operators do not wait for one another. Last: at the end they finish
  // what is queued, which uses all of the above.
  admin::Workers workers_, verifier_workers_;
};

}  // namespace service
