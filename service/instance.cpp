// Wiring.

#include "service/instance.h"

#include <sys/resource.h>

#include <algorithm>

#include "ca/ceremony.h"
#include "law/compromise.h"
#include "law/sweep.h"
#include "registry/actor.h"
#include "registry/retention.h"
#include "service/pages.h"
#include "service/refusal_audit.h"
#include "verifier/approval_end.h"

namespace service {

namespace {

// The responders as the OCSP service takes them.
std::vector<ocsp::ResponderMaterial> to_material(std::vector<ca::DelegatedResponder> responders) {
  std::vector<ocsp::ResponderMaterial> material;
  material.reserve(responders.size());
  for (ca::DelegatedResponder& responder : responders)
    material.push_back({.issuer = responder.issuer,
                        .ca_certificate = std::move(responder.ca_certificate),
                        .responder_certificate = std::move(responder.certificate),
                        .signer = std::move(responder.signer)});
  return material;
}

// The signers of the lists: every generation signs its own, and nobody publishes a list of the operations CA.
std::vector<crl::IssuerSigner> list_signers(const ca::Authority& authority) {
  std::vector<crl::IssuerSigner> signers;
  for (const registry::SigningIssuer& ca : authority.generations())
    if (ca.id().ca != pki::CaName::operations) signers.push_back({ca.id(), ca.signer()});
  return signers;
}

// The authority of the store, with what its certificates have fixed of the configured profile.
pki::Result<ca::Authority> load_authority(const store::ReadTransaction& transaction,
                                          const ca::KeyFolder& keys, const ca::ProfileConfig& config) {
  TRY_ASSIGN(ca::Profile profile, frozen_profile(config, transaction));
  return ca::Authority::load(transaction, keys, std::move(profile));
}

}  // namespace

pki::Result<ca::Profile> frozen_profile(ca::ProfileConfig config, const store::ReadTransaction& transaction) {
  const auto issuer = registry::current_issuer(transaction, pki::CaName::sign);
  if (!issuer)
    return pki::fail(pki::Errc::not_found,
                     "the store has no CA: `jpki init` was not finished, start over in a new folder");
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(issuer->certificate));
  TRY_ASSIGN(const pki::Name name, pki::Name::decode(certificate.subject()));
  config.public_url = issuer->public_url;
  config.organization = std::string(name.find(pki::oids::kOrganizationName));
  return ca::Profile::make(std::move(config));
}

http::Limits admin_limits() {
  http::Limits limits;
  limits.body_bytes = std::size_t{1} << 20U;
  limits.answer_timeout = http::kAdminAnswerTimeout;
  return limits;
}

ConnectionLimits allow_connections() {
  constexpr rlim_t kReserve = 256;
  constexpr rlim_t kWanted = 16'384;
  constexpr ConnectionLimits kUnmeasured{http::Limits{}.connections, http::Limits{}.connections};
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUnmeasured;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  static_cast<void>(::getrlimit(RLIMIT_NOFILE, &limit));
  if (limit.rlim_cur == RLIM_INFINITY) return {kWanted, kWanted};
  const rlim_t available = limit.rlim_cur > 2 * kReserve ? limit.rlim_cur - kReserve : limit.rlim_cur / 2;
  return {.http = static_cast<std::size_t>(std::min(kWanted, available - available / 4)),
          .https = static_cast<std::size_t>(std::min(kWanted, available / 4))};
}

PeriodicTask::PeriodicTask(std::chrono::milliseconds interval, std::function<void()> function,
                           http::ErrorHandler on_error)
    : thread_([this, interval, function = std::move(function), on_error = std::move(on_error)] {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
          lock.unlock();
          try {
            function();
          } catch (const std::exception& error) {
            if (on_error) on_error(error.what());
          }
          lock.lock();
          wake_.wait_for(lock, interval, [this] { return stopping_; });
        }
      }) {}

PeriodicTask::~PeriodicTask() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

pki::Result<std::unique_ptr<Instance>> Instance::open(InstanceOptions options, const pki::Clock& clock,
                                                      std::unique_ptr<store::Environment> environment) {
  std::unique_ptr<Instance> instance(new Instance(std::move(options), clock));
  instance->environment_ = std::move(environment);
  TRY(instance->load());
  return instance;
}

pki::Result<void> Instance::load() {
  const ca::KeyFolder keys(options_.data.keys());
  TRY_ASSIGN(pki::Bytes sealing_key, keys.load_sealing_key());
  vault_ = std::make_unique<store::Vault>(pki::SealingKey(1, std::move(sealing_key)), pki::Rng::system());
  std::vector<ocsp::ResponderMaterial> responders;
  TRY_ASSIGN(ca::Authority authority, load_authority(environment_->read(), keys, options_.config.profile));
  authority_.emplace(std::move(authority));
  writer_ = std::make_unique<store::Writer>(*environment_, clock_);
  issuance_ =
      std::make_unique<ca::Issuance>(*environment_, *writer_, *vault_, *authority_, clock_,
                                     options_.seed ? pki::Rng::seeded(*options_.seed) : pki::Rng::system());
  {
    // A responder that ended while nobody served is renewed before it is asked for an answer.
    for (const registry::SigningIssuer& ca : authority_->generations())
      renew_responder(ca);
    const auto transaction = environment_->read();
    TRY_ASSIGN(auto delegated, ca::load_responders(transaction, keys));
    responders = to_material(std::move(delegated));
  }
  options_.config.crl.folder = options_.data.crls();
  options_.config.crl.durability = options_.durability;
  publisher_ = std::make_unique<crl::Publisher>(*environment_, *writer_, clock_, list_signers(*authority_),
                                                options_.config.crl);
  TRY(load_tls());
  options_.config.ocsp.on_error = options_.on_error;
  ledger_keeper_ = std::make_unique<LedgerKeeper>(ledger_counters_, *environment_, *writer_, clock_);
  options_.config.ocsp.on_answered = [this](const ocsp::Answered& answered) {
    ledger_keeper_->count(answered);
  };
  guards_.emplace(options_.config, *environment_, recognition_);
  options_.config.ocsp.replay_file = options_.data.nonces();
  options_.config.ocsp.on_refusal = make_refusal_audit(*writer_, clock_);
  TRY_ASSIGN(ocsp_, ocsp::Service::create({*environment_, recognition_, clock_}, std::move(responders),
                                          options_.config.ocsp));
  lists_ = std::make_unique<crl::Lists>(
      *environment_, recognition_, clock_,
      crl::ListsOptions{
          .folder = options_.data.crls(),
          .audience = options_.config.open_to_all ? crl::Audience::everyone : crl::Audience::verifiers,
          .on_served = [this](const crl::ServedList& served) { ledger_keeper_->count(served); }});
  workers_ = std::make_unique<admin::Workers>(options_.config.admin_threads, 10'000);
  constexpr std::size_t kServiceThreads = 4, kServiceQueue = 1'000;
  verifier_workers_ = std::make_unique<admin::Workers>(kServiceThreads, kServiceQueue);
  readiness_worker_ = std::make_unique<admin::Workers>(1, kServiceQueue);
  const admin::Services services{.environment = *environment_,
                                 .writer = *writer_,
                                 .vault = *vault_,
                                 .authority = *authority_,
                                 .issuance = *issuance_,
                                 .publisher = *publisher_,
                                 .crl_folder = options_.data.crls(),
                                 .clock = clock_,
                                 .hold_release = options_.config.hold_release};
  api_ = std::make_unique<admin::Api>(services, *workers_, options_.on_error);
  verifier_services_ = std::make_unique<admin::VerifierServices>(services, ledger_counters_,
                                                                 *verifier_workers_, options_.on_error);
  // Issues that a dead process left unfinished. The publisher sweeps its own folder.
  std::filesystem::create_directories(options_.data.crls());
  if (const auto closed = issuance_->close_abandoned(clock_.now() + pki::Seconds{1}); closed.has_error())
    report("closing abandoned issues failed: " + closed.error().detail);
  return {};
}

void Instance::report(const std::string& line) const {
  if (options_.on_error) options_.on_error(line);
}

void Instance::keep_house() {
  // An issue takes milliseconds; one that is open for minutes has lost its end.
  const auto closed = issuance_->close_abandoned(clock_.now() - std::chrono::minutes{10});
  if (closed.has_error()) report("closing abandoned issues failed: " + closed.error().detail);
  // After a failed write the store is tried until it can be written again, so that readiness comes back.
  if (writer_->fault())
    static_cast<void>(writer_->execute({.actor = registry::system_actor(),
                                        .action = "store probe",
                                        .run = [](store::CommandContext&) { return pki::Result<void>{}; }}));
}

void Instance::follow_compromises() {
  const auto completed =
      law::fill_in_compromises(*environment_, *writer_, [this] { return stopping_.load(); });
  if (completed.has_error()) {
    report("filling in a compromised generation was broken off and is tried again: " +
           completed.error().detail);
    return;
  }
  if (completed->empty()) return;
  const auto run = publisher_->publish(crl::PublicationKind::complete_and_delta);
  if (run.has_error()) report("CRL publication failed: " + run.error().detail);
}

void Instance::sweep() {
  const auto swept = law::sweep({*environment_, *writer_, *vault_}, registry::system_actor(), clock_.now());
  if (swept.has_error()) report("recording what is due failed: " + swept.error().detail);
  end_credentials();
}

// Ends of approvals have days, not hours: one look a day, and one after every start.
void Instance::end_credentials() {
  const pki::Time now = clock_.now();
  const pki::Date today = pki::jst_date(now);
  if (credentials_looked_at_ == today) return;
  const auto ended = verifier::end_credentials(*environment_, *writer_, registry::system_actor(), now);
  if (ended.has_value())
    credentials_looked_at_ = today;
  else
    report("revoking the credentials of ended approvals failed: " + ended.error().detail);
}

void Instance::forget_answers() {
  const auto removed = registry::remove_in_steps({*environment_, *writer_, *vault_}, registry::system_actor(),
                                                 {registry::RetentionClass::answer, clock_.now()},
                                                 [this] { return stopping_.load(); });
  if (removed.has_error()) report("removing answers whose day is over failed: " + removed.error().detail);
}

void Instance::keep_ledger() {
  std::string why;
  try {
    const auto merged = ledger_keeper_->merge();
    if (merged.has_error()) why = merged.error().detail;
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (!why.empty() && !ledger_failing_.exchange(true))
    report("the ledger's counts wait, they cannot be stored now: " + why);
  if (why.empty()) ledger_failing_ = false;
}

void Instance::mount_verifier(http::Router& router) {
  ocsp_->mount(router);
  lists_->mount(router);
  mount_ca_certificates(router, *authority_);
  mount_notices(router, *environment_);
}

void Instance::mount_verifier_services(http::Router& router) {
  verifier_services_->mount(router);
}

void Instance::mount_admin(http::Router& router) {
  api_->mount(router);
}

void Instance::start_background() {
  using namespace std::chrono_literals;
  housekeeping_ = std::make_unique<PeriodicTask>(
      5s, [this] { keep_house(); }, options_.on_error);
  publication_ = std::make_unique<PeriodicTask>(
      5s,
      [this] {
        const auto run = publisher_->publish_due(clock_.now());
        // A run on demand goes on at the same time: the next call catches up.
        const bool failed = run.has_error() && run.error().code != pki::Errc::conflict;
        if (failed) report("CRL publication failed: " + run.error().detail);
        if (run.has_value() && !run->failures.empty())
          report("CRL publication: " + run->failures.front().reason);
      },
      options_.on_error);
  sweep_ = std::make_unique<PeriodicTask>(
      1s, [this] { sweep(); }, options_.on_error);
  ledger_ = std::make_unique<PeriodicTask>(
      1s, [this] { keep_ledger(); }, options_.on_error);
  renewal_ = std::make_unique<PeriodicTask>(
      1h,
      [this] {
        renew_responders();
        renew_tls();
      },
      options_.on_error);
  answers_ = std::make_unique<PeriodicTask>(
      10min, [this] { forget_answers(); }, options_.on_error);
  filling_ = std::make_unique<PeriodicTask>(
      500ms, [this] { follow_compromises(); }, options_.on_error);
}

void Instance::stop_background() {
  stopping_ = true;
  filling_.reset();
  answers_.reset();
  housekeeping_.reset();
  sweep_.reset();
  publication_.reset();
  renewal_.reset();
  ledger_.reset();
  // What was answered since the last merge; the listeners have drained by now.
  keep_ledger();
}

bool Instance::renew_responder(const registry::SigningIssuer& ca) {
  std::string why;
  try {
    const ca::KeyFolder keys(options_.data.keys());
    const auto renewed =
        ca::renew_responder_if_due({.writer = *writer_,
                                    .environment = *environment_,
                                    .keys = keys,
                                    .make_key = options_.make_key,
                                    .algorithm = authority_->profile().config().responder_key},
                                   ca, clock_.now());
    if (renewed.has_value()) return *renewed;
    why = renewed.error().detail;
  } catch (const std::exception& error) {
    why = error.what();
  }
  report("renewing the OCSP responder of " + to_string(ca.id()) + " failed: " + why);
  return false;
}

void Instance::renew_responders() {
  for (const registry::SigningIssuer& ca : authority_->generations()) {
    if (!renew_responder(ca)) continue;
    auto delegated = ca::load_responders(environment_->read(), ca::KeyFolder(options_.data.keys()));
    if (!delegated) {
      report("the new OCSP responder cannot be loaded: " + delegated.error().detail);
      continue;
    }
    for (ocsp::ResponderMaterial& material : to_material(std::move(*delegated))) {
      if (material.issuer != ca.id()) continue;
      const auto replaced = ocsp_->replace_responder(std::move(material));
      if (replaced.has_error()) report("the new OCSP responder fails its test: " + replaced.error().detail);
    }
  }
}

std::vector<std::string> Instance::faults() const {
  std::vector<std::string> list;
  if (const auto fault = writer_->fault()) list.push_back("store: " + *fault);
  if (const auto tested = ocsp_->self_test(clock_.now()); tested.has_error())
    list.push_back("ocsp: " + tested.error().detail);
  const crl::PublisherStatus status = publisher_->status();
  if (status.last_failure) list.push_back("crl: " + *status.last_failure);
  if (!status.last_success) list.emplace_back("crl: nothing was published yet since the start");
  return list;
}

std::vector<std::string> Instance::recent_faults() {
  const std::lock_guard lock(readiness_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!faults_found_at_ || now - *faults_found_at_ >= std::chrono::seconds{1}) {
    last_faults_ = faults();
    faults_found_at_ = now;
  }
  return last_faults_;
}

void Instance::mount_ops(http::Router& router, std::vector<const http::Server*> servers) {
  router.add(http::Method::get, "/livez",
             [](const http::Request&) { return http::text_response(200, "text/plain", "ok\n"); });
  // Readiness signs and reads: it runs on a thread of its own, not on the serving thread, and never waits for
  // an operator's request.
  router.add_async(http::Method::get, "/readyz", [this](http::OwnedRequest, http::Reply reply) {
    auto shared = std::make_shared<http::Reply>(std::move(reply));
    const bool queued =
        readiness_worker_->submit([this, shared] { (*shared)(readiness_response(recent_faults())); });
    if (!queued) (*shared)(readiness_response({"ops: too many requests are waiting"}));
  });
  router.add(http::Method::get, "/metrics", [this, servers = std::move(servers)](const http::Request&) {
    return http::text_response(200, "text/plain; version=0.0.4; charset=utf-8", metrics(servers));
  });
}

}  // namespace service
