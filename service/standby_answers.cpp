// The same services as a leader's, over a store that the log brings forward.

#include "service/standby_answers.h"

#include <exception>
#include <filesystem>

#include "ca/ceremony.h"
#include "ocsp/target.h"
#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "pki/messages/service.h"
#include "registry/issuers.h"
#include "service/clock.h"
#include "service/leader.h"
#include "service/ledger_keeper.h"
#include "service/pages.h"
#include "service/shared_lists.h"
#include "service/shared_nonces.h"
#include "service/standby_listeners.h"

namespace service {

namespace {

// Between two looks for a key that was missing.
constexpr std::int64_t kLookAgainMilliseconds = 5'000;
// Between two requests for a responder of one generation.
constexpr std::int64_t kAskAgainMilliseconds = 60'000;

bool has_ended(const registry::Issuer& issuer, pki::Time now) {
  const auto certificate = pki::Certificate::decode(issuer.certificate);
  return certificate && certificate->not_after() <= now;
}

crl::PublisherOptions lists_of(const StandbyAnswersSetting& setting) {
  crl::PublisherOptions options = setting.config.crl;
  options.folder = setting.data.crls();
  return options;
}

}  // namespace

pki::Result<std::unique_ptr<StandbyAnswers>> StandbyAnswers::create(const StandbyAnswersSetting& setting) {
  std::unique_ptr<StandbyAnswers> answers(new StandbyAnswers(setting));
  TRY_ASSIGN(answers->ocsp_,
             ocsp::Service::create({setting.environment, answers->recognition_, answers->clock_}, {},
                                   answers->ocsp_options()));
  return answers;
}

StandbyAnswers::StandbyAnswers(const StandbyAnswersSetting& setting)
    : setting_(setting),
      keys_(setting.data.key_folder()),
      clock_(setting.member.wall, setting.member.elapsed, setting.config.clock, std::nullopt),
      guards_(setting.config, setting.environment, recognition_, [this] { return fault(); }),
      outbox_(*setting.member.inbox, setting.member.machine, counters_, clock_),
      list_health_(setting.environment, lists_of(setting)),
      lists_(setting.environment, recognition_, clock_, list_options()) {}

ocsp::ServiceOptions StandbyAnswers::ocsp_options() {
  ocsp::ServiceOptions options = setting_.config.ocsp;
  options.on_error = setting_.on_error;
  options.may_answer = [this] { return !fault(); };
  options.elapsed = [elapsed = setting_.member.elapsed] {
    return std::chrono::floor<pki::Seconds>(std::chrono::milliseconds{elapsed()});
  };
  options.on_refusal = [this](const ocsp::Refusal& refusal) { outbox_.note(refusal); };
  if (setting_.member.open_nonces)
    options.shared_nonces =
        [shared = std::make_shared<SharedNonces>(setting_.member.open_nonces(), ocsp::nonce_memory(options),
                                                 setting_.member.elapsed, setting_.on_error)](
            std::span<const ocsp::NonceMark> marks) { return shared->take(marks); };
  options.on_answered = [this](const ocsp::AnsweredRequest& answered) {
    count_answer(counters_, answered, clock_.now());
  };
  return options;
}

crl::CrlEndpointOptions StandbyAnswers::list_options() {
  return {
      .folder = setting_.data.crls(),
      .audience = setting_.config.open_to_all ? crl::Audience::everyone : crl::Audience::verifiers,
      .complete_time_of_day = setting_.config.crl.complete_time_of_day,
      .delta_grid = setting_.config.crl.delta_grid,
      // The records come by the log, the files do not.
      .is_damaged =
          [this](const registry::CrlRecord& list) {
            if (list_health_.is_whole(list)) return false;
            // A past list, or the last one of a scope that has ended, is looked at once it was asked for.
            list_health_.note_past(list);
            return true;
          },
      .on_served = [this](const crl::ServedList& served) { count_answer(counters_, served, clock_.now()); }};
}

// The lease first: whatever is looked at afterwards is at least as new.
std::optional<pki::Message> StandbyAnswers::fault() const {
  if (standby_ == nullptr || !standby_->holds_lease()) return messages::stands_by_without_lease;
  // The lease rests on the wall clock, which was compared with the log's; answers are dated by a clock that
  // does not follow it in doubt, and that nobody can confirm here.
  if (!clock_.is_known() || clock_.doubt() ||
      compare_clocks(setting_.member.wall.now(), clock_.now()).has_error())
    return messages::stands_by_without_time;
  if (has_responders_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return pki::Message{messages::stands_by_without_responder, missing_.value_or(pki::Message{})};
}

void StandbyAnswers::follow(const store::ReadTransaction& transaction) {
  const std::int64_t now = setting_.member.elapsed();
  if (missing_since_ && now - *missing_since_ < kLookAgainMilliseconds) return;
  pki::Result<void> loaded;
  try {
    loaded = load_responders(transaction);
  } catch (const std::exception& error) {
    loaded = pki::fail(pki::Errc::internal, pki::message_of(error));
  }
  missing_since_ = loaded.has_error() ? std::optional(now) : std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    missing_ = loaded.has_error() ? std::optional(loaded.error().message) : std::nullopt;
  }
  has_responders_ = loaded.has_value();
}

pki::Result<void> StandbyAnswers::load_responders(const store::ReadTransaction& transaction) {
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    const auto record = registry::find_responder(transaction, issuer.id, setting_.member.machine);
    if (!record) continue;
    // A view has no copy of the first responder's key, and gets no responder of a CA that has ended.
    const bool is_own = record->machine == setting_.member.machine;
    if (setting_.role == FollowerRole::view && !is_own && has_ended(issuer, setting_.member.wall.now()))
      continue;
    pki::Bytes& in_use = responders_[issuer.id];
    if (in_use == record->certificate) continue;
    registry::SigningResponder responder{issuer.id, issuer.certificate, record->certificate, nullptr};
    TRY_ASSIGN(responder.signer, keys_.load_signer(record->key_file, record->certificate));
    TRY(ocsp_->replace_responder(std::move(responder)));
    in_use = record->certificate;
  }
  return {};
}

// A disk that is full keeps no list from being looked at that is here.
pki::Result<void> StandbyAnswers::fetch_what_is_missing() {
  try {
    return fetch_lists(*setting_.member.files, setting_.environment, setting_.data.crls(),
                       [this] { return may_fetch_.load(); });
  } catch (const std::exception& error) {
    return pki::fail(pki::Errc::internal, pki::message_of(error));
  }
}

void StandbyAnswers::look_at_lists() {
  if (!may_fetch_) return;
  if (standby_ != nullptr && standby_->holds_lease()) {
    const auto fetched = fetch_what_is_missing();
    if (fetched.has_error() && !is_fetching_reported_ && setting_.on_error)
      setting_.on_error("lists that are not here are fetched again later: " + fetched.error().text());
    is_fetching_reported_ = fetched.has_error();
  }
  list_health_.look(clock_.now(), crl::LookDepth::bytes);
}

void StandbyAnswers::ask_for_responders() {
  const auto snapshot = setting_.environment.read();
  for (const registry::Issuer& issuer : registry::all_issuers(snapshot)) {
    const auto record = registry::find_responder(snapshot, issuer.id, setting_.member.machine);
    if (record) ask_for_responder(issuer, *record, clock_.now());
  }
}

pki::Result<std::shared_ptr<const pki::Signer>> StandbyAnswers::request_signer() const {
  if (setting_.request_signer) return setting_.request_signer();
  const auto operations = registry::current_issuer(setting_.environment.read(), pki::CaName::operations);
  if (!operations) return pki::fail(pki::Errc::not_found, messages::no_operations_ca);
  return keys_.load_signer(operations->key_file, operations->certificate);
}

void StandbyAnswers::ask_for_responder(const registry::Issuer& issuer,
                                       const registry::ResponderRecord& record, pki::Time now) {
  const auto ca = pki::Certificate::decode(issuer.certificate);
  if (ca.has_error() || ca->not_after() <= now) return;
  const auto is_due = ca::is_responder_due(record, ca->not_after(), now);
  if (is_due.has_value() && !*is_due && std::filesystem::exists(keys_.path_of(record.key_file))) return;
  const std::int64_t elapsed = setting_.member.elapsed();
  const auto asked = asked_at_.find(issuer.id);
  if (asked != asked_at_.end() && elapsed - asked->second < kAskAgainMilliseconds) return;
  asked_at_[issuer.id] = elapsed;
  const std::string name =
      "responder-" + to_string(issuer.id) + "-own-" + std::to_string(pki::to_unix(now)) + ".key";
  const auto signer = request_signer();
  if (signer.has_error()) {
    if (setting_.on_error) setting_.on_error("no OCSP responder is asked for: " + signer.error().text());
    return;
  }
  auto key = keys_.make_signer(name, setting_.config.profile.responder_key, setting_.make_key);
  if (key.has_error()) {
    if (setting_.on_error) setting_.on_error("no key for an OCSP responder: " + key.error().text());
    return;
  }
  ca::OwnResponderRequest request{.issuer = issuer.id,
                                  .machine = setting_.member.machine,
                                  .key_file = name,
                                  .request = pki::make_certification_request(**key)};
  ca::sign_request(request, **signer);
  outbox_.ask(request);
}

void StandbyAnswers::send() {
  // Before the lease is held the store may lack what the leader has certified already.
  if (setting_.make_key && standby_ != nullptr && standby_->holds_lease()) ask_for_responders();
  const auto sent = outbox_.send();
  if (sent.has_error() && !is_counting_reported_ && setting_.on_error)
    setting_.on_error("the ledger's counts wait, they cannot be sent now: " + sent.error().text());
  is_counting_reported_ = sent.has_error();
}

void StandbyAnswers::mount(http::Router& router) {
  ocsp_->mount(router);
  lists_.mount(router);
  mount_ca_certificates(router, setting_.environment);
  mount_notices(router, setting_.environment);
}

http::Guard StandbyAnswers::guard() const {
  http::Guard guard = guards_.for_verifiers();
  if (setting_.member.open_nonces) return guard;
  // A nonce that the leader has seen is not known here, nor the other way round.
  guard.gate = [gate = std::move(guard.gate)](const http::Request& request) -> std::optional<http::Response> {
    const auto target = ocsp::target_of(request.path);
    if (target && target->service_path == ocsp::ServicePath::pinless) return try_later();
    return gate(request);
  };
  return guard;
}

}  // namespace service
