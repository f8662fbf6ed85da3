// Putting the parts together, and readiness.

#include "service/instance.h"

#include <algorithm>
#include <filesystem>

#include "ca/key_access.h"
#include "http/url.h"
#include "registry/operators.h"
#include "service/cluster.h"
#include "service/cluster_metrics.h"
#include "service/leader.h"
#include "service/metrics.h"
#include "service/pages.h"
#include "service/state_metrics.h"

namespace service {

pki::Result<std::unique_ptr<Instance>> Instance::open(InstanceOptions options, const pki::Clock& clock,
                                                      std::unique_ptr<store::Environment> environment) {
  std::unique_ptr<Instance> instance(new Instance(std::move(options)));
  TRY(instance->load(clock, std::move(environment)));
  return instance;
}

pki::Result<void> Instance::load(const pki::Clock& clock, std::unique_ptr<store::Environment> environment) {
  TRY_ASSIGN(authority_, OpenAuthority::open({.data = options_.data,
                                              .profile = options_.config.profile,
                                              .safety_folder = options_.config.safety_folder,
                                              .durability = options_.durability,
                                              .missing_mark = options_.missing_mark,
                                              .make_key = options_.make_key,
                                              .seed = options_.seed,
                                              .on_error = options_.on_error,
                                              .on_note = options_.on_note,
                                              .leader = options_.leader},
                                             clock, std::move(environment)));
  const bool is_https_off = options_.config.verifier_https == HttpsListening::off &&
                            options_.config.admin_https == HttpsListening::off;
  if (!is_https_off) {
    TRY_ASSIGN(tls_, TlsMaterial::load(*authority_, https_hosts(options_.config), options_.tls_use));
  }
  TRY_ASSIGN(services_, Services::create(authority_->parts(),
                                         {.data = options_.data,
                                          .config = options_.config,
                                          .durability = options_.durability,
                                          .on_error = options_.on_error,
                                          .guard = options_.guard,
                                          .leader = options_.leader,
                                          .make_key = options_.make_key,
                                          .socket_trust = options_.socket_trust,
                                          .on_operations_ca =
                                              [this] {
                                                if (tls_) tls_->follow_operations_ca();
                                              },
                                          .begin_rotation =
                                              [authority = authority_.get()](const registry::Actor& actor) {
                                                return authority->begin_rotation(actor);
                                              }}));
  upkeep_ = std::make_unique<Upkeep>(*authority_, *services_, tls_.get(), options_.guard);
  // Issues that a dead process left unfinished. The publisher sweeps its own folder.
  std::filesystem::create_directories(options_.data.crls());
  // Whatever is open now was begun by another process, or in an earlier epoch of the log: nothing has been
  // issued yet by this one, and nobody else writes. So no clock decides, which another machine may have had
  // ahead of this one's.
  upkeep_->close_abandoned(pki::Time::max());
  return {};
}

void Instance::start_background() {
  upkeep_->look_at_list_files();
  background_ = std::make_unique<Background>(upkeep_->tasks(), options_.on_error);
}

void Instance::stop_background() {
  // Whether the timer or an operator's request waits for it.
  publisher().stop();
  upkeep_->stop();
  background_.reset();
  // What was answered since the last merge; the listeners have drained by now.
  upkeep_->keep_ledger();
  upkeep_->leave_clock();
}

std::vector<std::string> Instance::answer_faults() {
  std::vector<std::string> list;
  if (const auto fault = recent_self_test()) list.push_back("ocsp: " + *fault);
  if (options_.guard != nullptr && !options_.guard->is_known())
    list.emplace_back("clock: status is answered with tryLater");
  if (options_.leader != nullptr)
    if (const auto fault = options_.leader->fault())
      list.push_back("cluster: " + fault->in(pki::Language::en));
  return list;
}

std::vector<std::string> Instance::faults() {
  std::vector<std::string> list = answer_faults();
  if (options_.guard != nullptr)
    if (const auto doubt = options_.guard->doubt())
      list.push_back("clock: " + doubt->describe().in(pki::Language::en));
  if (const auto& locked = authority_->vault().locked())
    list.push_back("vault: " + locked->in(pki::Language::en));
  if (options_.data.access)
    for (const std::string& fault : options_.data.access->token_faults())
      list.push_back("token: " + fault);
  if (const auto fault = authority_->writer().fault())
    list.push_back("store: " + fault->in(pki::Language::en));
  if (const auto* safety = authority_->safety())
    if (const auto fault = safety->fault()) list.push_back("safety: " + *fault);
  if (const auto* heads = authority_->audit_heads())
    if (const auto fault = heads->fault()) list.push_back("audit: " + *fault);
  const crl::PublisherStatus status = services_->publisher().status();
  if (status.last_failure) list.push_back("crl: " + status.last_failure->in(pki::Language::en));
  for (const std::string& fault : services_->list_health().faults())
    list.push_back("crl: " + fault);
  return list;
}

std::optional<std::string> Instance::recent_self_test() {
  const std::lock_guard lock(self_test_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!tested_at_ || now - *tested_at_ >= std::chrono::seconds{1}) {
    const auto tested = services_->ocsp().self_test(authority_->clock().now());
    self_test_fault_ = tested.has_error() ? std::optional(tested.error().text()) : std::nullopt;
    tested_at_ = now;
  }
  return self_test_fault_;
}

bool Instance::is_on_trial() const {
  try {
    return !registry::has_operators(authority_->environment().read());
  } catch (const store::StoreError&) {
    return false;
  }
}

void Instance::mount_ops(http::Router& router, std::vector<const http::Server*> servers) {
  router.add(http::Method::get, "/livez",
             [](const http::Request&) { return http::text_response(200, "text/plain", "ok\n"); });
  // Readiness signs and reads: it runs on a thread of its own, not on the serving thread, and never waits for
  // an operator's request.
  router.add_async(http::Method::get, "/readyz", [this](http::OwnedRequest request, http::Reply reply) {
    auto shared = std::make_shared<http::Reply>(std::move(reply));
    const bool is_for_answers = http::query_value(request->query, "for") == "answers";
    const bool queued = readiness_worker_.submit([this, shared, is_for_answers] {
      try {
        (*shared)(readiness_response(is_for_answers ? answer_faults() : faults(), is_on_trial(),
                                     options_.leader != nullptr ? "leader" : ""));
      } catch (const std::exception& fault) {
        (*shared)(readiness_response({std::string("service: ") + fault.what()}, false));
      }
    });
    if (!queued) (*shared)(readiness_response({"ops: too many requests are waiting"}));
  });
  router.add(http::Method::get, "/metrics", [this, servers = std::move(servers)](const http::Request&) {
    std::string text = metrics_text(*services_, authority_->writer(), authority_->audit_heads(), servers);
    if (options_.leader != nullptr)
      text += cluster_metrics_text({.leads = true,
                                    .may_answer = options_.leader->holds(),
                                    .row = log_row_of(authority_->environment()),
                                    .waiting_rows = options_.leader->leases().waiting_rows(),
                                    .read_leases = options_.leader->leases().holders()});
    try {
      text += state_metrics_text(authority_->environment(), options_.data, upkeep_->certificate_counts(),
                                 authority_->machine());
    } catch (const std::exception&) {
      // Of a store that cannot be read the rest is wanted all the more; /readyz says why.
    }
    return http::text_response(200, "text/plain; version=0.0.4; charset=utf-8", text);
  });
}

}  // namespace service
