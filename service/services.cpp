// Wiring of the services.

#include "service/services.h"

#include <memory>
#include <mutex>

#include "pki/messages/service.h"
#include "service/clock.h"
#include "service/leader.h"
#include "service/local_users.h"
#include "service/pages.h"
#include "service/refusal_audit.h"
#include "service/shared_nonces.h"
#include "store/log_check.h"
#include "store/log_closure.h"
#include "store/postgres_log.h"

namespace service {

namespace {

// Admin requests that may wait for a worker.
constexpr std::size_t kAdminQueue = 10'000;
// Of the services for verifiers: threads, and requests that may wait for one.
constexpr std::size_t kVerifierThreads = 4, kVerifierQueue = 1'000;

// Whose lists are published: every generation signs its own, and the operations CA has none.
std::vector<registry::SigningIssuer> list_issuers(const ca::Authority& authority) {
  std::vector<registry::SigningIssuer> issuers;
  for (const registry::SigningIssuer& ca : authority.generations())
    if (ca.id().ca != pki::CaName::operations) issuers.push_back(ca);
  return issuers;
}

crl::PublisherOptions publisher_options(const ServicesOptions& options,
                                        const crl::ListHealth* health = nullptr) {
  crl::PublisherOptions publication = options.config.crl;
  publication.folder = options.data.crls();
  publication.durability = options.durability;
  if (health != nullptr)
    publication.is_damaged = [health](const registry::CrlRecord& list) { return health->is_damaged(list); };
  return publication;
}

admin::ClockControl clock_control(TrustedClock* guard) {
  if (guard == nullptr) return {};
  return {.state =
              [guard] {
                const auto doubt = guard->doubt();
                const pki::Time now = guard->now();
                return admin::ClockState{.now = now,
                                         .wall = guard->wall_now(),
                                         .doubt = doubt ? std::optional(doubt->describe()) : std::nullopt};
              },
          .may_accept = [guard]() -> pki::Result<void> {
            TRY(guard->may_accept());
            return {};
          },
          .accept = [guard] { return guard->accept(); }};
}

// Nothing without a log.
std::function<pki::Result<void>()> acknowledgement(const store::Environment& environment, Leader* leader) {
  if (leader == nullptr) return {};
  return [&environment, leader] { return leader->wait_for_acknowledgement(environment); };
}

// With a connection of its own, since it takes as long as the log is; so one at a time.
std::function<pki::Result<store::LogChecked>(const store::LogPosition&)> log_check(
    const ServicesOptions& options) {
  if (options.leader == nullptr) return {};
  return [connection = options.config.cluster.log, mutex = std::make_shared<std::mutex>()](
             const store::LogPosition& position) -> pki::Result<store::LogChecked> {
    const std::unique_lock alone(*mutex, std::try_to_lock);
    if (!alone.owns_lock()) return pki::fail(pki::Errc::conflict, messages::audit_verify_under_way);
    const auto log = store::open_postgres_log({.connection = connection}, pki::Rng::system());
    return store::check_log(*log, position);
  };
}

admin::ApiServices admin_services(const AuthorityParts& parts, crl::Publisher& publisher,
                                  const ServicesOptions& options) {
  return {.environment = parts.environment,
          .writer = parts.writer,
          .vault = parts.vault,
          .authority = parts.authority,
          .issuance = parts.issuance,
          .publisher = publisher,
          .crl_folder = options.data.crls(),
          .clock = parts.clock,
          .register_policy = options.config.register_policy,
          .clock_control = clock_control(options.guard),
          .local = {.operators = find_local_operators(options.config.local_operators, options.on_error),
                    .trust = options.socket_trust},
          .two_persons = options.config.two_persons,
          .check_log = log_check(options),
          .begin_rotation = options.begin_rotation,
          .await_acknowledgement = acknowledgement(parts.environment, options.leader)};
}

// Why nothing may be said of a status or a record; empty without a log.
Guards::Fault fault_of(const Leader* leader) {
  if (leader == nullptr) return {};
  return [leader] { return leader->fault(); };
}

// Nothing where it always may.
std::function<bool()> may_answer(const TrustedClock* guard, const Leader* leader) {
  if (leader == nullptr && guard == nullptr) return {};
  if (leader == nullptr) return [guard] { return guard->is_known(); };
  return [guard, leader] { return leader->holds() && (guard == nullptr || guard->is_known()); };
}

// Whether another machine may have answered within the memory of nonces, whatever the clocks say: a store
// that has left its log does not know what others saw until then.
bool has_left_log_lately(const AuthorityParts& parts) {
  constexpr pki::Seconds kLately = std::chrono::hours{24};
  const auto left = store::left_log_at(parts.environment.read());
  return left && parts.clock.now() < *left + kLately;
}

}  // namespace

Services::Services(const AuthorityParts& parts, const ServicesOptions& options)
    : parts_(parts),
      config_(options.config),
      guards_(config_, parts.environment, recognition_, fault_of(options.leader)),
      ledger_keeper_(ledger_counters_, parts.environment, parts.writer, parts.clock),
      list_health_(parts.environment, publisher_options(options)),
      publisher_(parts.environment, parts.writer, parts.clock, list_issuers(parts.authority),
                 publisher_options(options, &list_health_)),
      lists_(
          parts.environment, recognition_, parts.clock,
          crl::CrlEndpointOptions{
              .folder = options.data.crls(),
              .audience = options.config.open_to_all ? crl::Audience::everyone : crl::Audience::verifiers,
              .complete_time_of_day = options.config.crl.complete_time_of_day,
              .delta_grid = options.config.crl.delta_grid,
              .is_damaged = [this](const registry::CrlRecord& list) { return list_health_.is_damaged(list); },
              .on_past = [this](const registry::CrlRecord& list) { list_health_.note_past(list); },
              .on_served = [this](const crl::ServedList& served) { ledger_keeper_.count(served); }}),
      api_(for_operators(options), workers_, options.on_error),
      verifier_services_(admin_services(parts, publisher_, options), ledger_counters_, verifier_workers_,
                         options.on_error),
      workers_(options.config.admin_threads, kAdminQueue),
      verifier_workers_(kVerifierThreads, kVerifierQueue) {}

pki::Result<std::unique_ptr<Services>> Services::create(const AuthorityParts& parts,
                                                        ServicesOptions options) {
  ocsp::ServiceOptions answers = options.config.ocsp;
  answers.on_error = options.on_error;
  answers.may_answer = may_answer(options.guard, options.leader);
  if (options.guard != nullptr)
    answers.elapsed = [] {
      return std::chrono::floor<pki::Seconds>(std::chrono::milliseconds{elapsed_milliseconds()});
    };
  auto nonces = options.leader != nullptr ? options.leader->open_nonces() : nullptr;
  if (nonces != nullptr)
    answers.shared_nonces = [shared = std::make_shared<SharedNonces>(
                                 std::move(nonces), ocsp::nonce_memory(answers), elapsed_milliseconds,
                                 options.on_error)](std::span<const ocsp::NonceMark> marks) {
      return shared->take(marks);
    };
  // Nonces that were used before are not remembered here: of another machine's time.
  else if (options.leader != nullptr || has_left_log_lately(parts))
    answers.other_machine_until =
        answers.elapsed ? answers.elapsed() : pki::Seconds{pki::to_unix(parts.clock.now())};
  std::unique_ptr<Services> services(new Services(parts, options));
  TRY(services->open_ocsp(std::move(answers), options));
  return services;
}

admin::ApiServices Services::for_operators(const ServicesOptions& options) {
  admin::ApiServices services = admin_services(parts_, publisher_, options);
  services.prepare_generation = [this](const ca::Succession& succession) {
    return rollover_->prepare(succession);
  };
  return services;
}

pki::Result<void> Services::open_ocsp(ocsp::ServiceOptions answers, const ServicesOptions& options) {
  const ca::KeyFolder keys = options.data.key_folder();
  answers.on_answered = [this](const ocsp::AnsweredRequest& answered) { ledger_keeper_.count(answered); };
  // Those of all machines are in the database.
  if (!answers.shared_nonces) answers.replay_file = options.data.nonces();
  answers.on_refusal = make_refusal_audit(parts_.writer, parts_.clock);
  TRY_ASSIGN(auto responders,
             ca::load_responders(parts_.environment.read(), keys,
                                 options.leader != nullptr ? options.leader->machine() : std::string()));
  TRY_ASSIGN(ocsp_, ocsp::Service::create({parts_.environment, recognition_, parts_.clock},
                                          std::move(responders), std::move(answers)));
  rollover_ = std::make_unique<Rollover>(RolloverServices{.parts = parts_,
                                                          .keys = keys,
                                                          .make_key = options.make_key,
                                                          .ocsp = *ocsp_,
                                                          .publisher = publisher_,
                                                          .list_health = list_health_,
                                                          .on_operations_ca = options.on_operations_ca,
                                                          .on_error = options.on_error});
  return {};
}

void Services::set_limits(const Config& config) {
  guards_.set_rates(config);
  ocsp_->set_requests_per_second_max(config.ocsp.requests_per_second_max);
}

void Services::mount_verifier(http::Router& router) {
  ocsp_->mount(router);
  lists_.mount(router);
  mount_ca_certificates(router, parts_.environment);
  mount_notices(router, parts_.environment);
}

void Services::mount_verifier_services(http::Router& router) {
  verifier_services_.mount(router);
}

void Services::mount_admin(http::Router& router) {
  api_.mount(router);
}

}  // namespace service
