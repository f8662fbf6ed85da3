// The publisher: one run at a time, and what became of the last one.

#include "crl/publisher.h"

#include <algorithm>
#include <future>

#include "crl/ending.h"
#include "crl/plan.h"
#include "crl/run.h"
#include "crl/store.h"
#include "pki/messages/crl.h"

namespace crl {

namespace {

pki::Message in_words(const PublicationReport& report) {
  const ScopeFailure& first = report.failures.front();
  std::string scope = to_string(first.scope.issuer);
  if (!first.scope.point.is_whole_generation()) scope += "/" + to_string(first.scope.point);
  return {messages::not_all_released, std::to_string(report.failures.size()), scope, to_string(first.kind),
          first.reason};
}

}  // namespace

Publisher::Publisher(const store::Environment& environment, store::Writer& writer, const pki::Clock& clock,
                     std::vector<registry::SigningIssuer> issuers, PublisherOptions options)
    : environment_(environment),
      writer_(writer),
      clock_(clock),
      issuers_(std::move(issuers)),
      options_(std::move(options)) {}

Publisher::~Publisher() = default;

void Publisher::add(registry::SigningIssuer issuer) {
  const std::lock_guard lock(issuers_mutex_);
  const auto after = std::ranges::find_if(
      issuers_, [&](const registry::SigningIssuer& one) { return one.id() > issuer.id(); });
  issuers_.insert(after, std::move(issuer));
}

std::vector<registry::SigningIssuer> Publisher::issuers() const {
  const std::lock_guard lock(issuers_mutex_);
  return issuers_;
}

pki::Result<PublicationReport> Publisher::publish(PublicationKind kind, const Progress& progress) {
  // Someone waits for this one: it takes its turn after a run of the timer's.
  const std::lock_guard lock(running_);
  return run({.kind = kind, .now = clock_.now()}, progress);
}

pki::Result<PublicationReport> Publisher::publish_due(pki::Time now) {
  const std::unique_lock lock(running_, std::try_to_lock);
  if (!lock.owns_lock()) return pki::fail(pki::Errc::conflict, messages::publication_runs);
  return run({.kind = std::nullopt, .now = now}, {});
}

pki::Result<PublicationReport> Publisher::publish_due_in_turn() {
  const std::lock_guard lock(running_);
  return run({.kind = std::nullopt, .now = clock_.now()}, {});
}

pki::Result<PublicationReport> Publisher::publish_last(registry::IssuerId issuer) {
  const std::lock_guard lock(running_);
  const pki::Time now = clock_.now();
  TRY(may_end(environment_.read(), issuer, now));
  return run({.kind = PublicationKind::complete_and_delta, .now = now, .ending = issuer}, {});
}

pki::Result<PublicationReport> Publisher::run(const RunRequest& request, const Progress& progress) {
  if (is_stopping_) return pki::fail(pki::Errc::too_busy, messages::publication_stopped);
  const std::vector<registry::SigningIssuer> all = issuers();
  const auto work = [&]() -> pki::Result<PublicationReport> {
    set_priority(options_.priority);
    try {
      sweep();
      if (!request.kind) TRY(remove_outdated_daily(request.now));
      const RunSetting setting{.environment = environment_,
                               .writer = writer_,
                               .clock = clock_,
                               .issuers = all,
                               .options = options_,
                               .progress = progress,
                               .number_floor = number_floor_,
                               .is_stopping = is_stopping_};
      RunRequest with_bases = request;
      with_bases.renounced_bases = renounced_bases_;
      return Run(setting, with_bases).execute();
    } catch (const std::exception& error) {
      return pki::fail(pki::Errc::internal, pki::message_of(error));
    }
  };
  pki::Result<PublicationReport> outcome = std::async(std::launch::async, work).get();
  // A run that fails between rename and commit leaves files that no record names.
  if (outcome.has_error()) must_sweep_ = true;
  // A run that is given up because the service ends does not count as a failure.
  if (!is_stopping_ || outcome.has_value()) remember(outcome);
  return outcome;
}

void Publisher::sweep() {
  if (!must_sweep_) return;
  const OrphanSweep swept = sweep_orphans(environment_.read(), options_.folder);
  number_floor_ = std::max(number_floor_, swept.greatest_number);
  renounced_bases_ = std::max(renounced_bases_, swept.greatest_unknown_number);
  must_sweep_ = false;
}

pki::Result<void> Publisher::remove_outdated_daily(pki::Time now) {
  const pki::Date today = pki::jst_date(now);
  if (last_removal_ == today) return {};
  const RemovalSetting setting{.environment = environment_,
                               .writer = writer_,
                               .folder = options_.folder,
                               .retention = options_.retention};
  TRY(remove_outdated(setting, now));
  last_removal_ = today;
  return {};
}

void Publisher::remember(const pki::Result<PublicationReport>& outcome) {
  const std::lock_guard lock(status_mutex_);
  ++status_.runs;
  if (outcome.has_error()) {
    status_.last_failure = pki::Message{messages::publication_failed, outcome.error().message};
    return;
  }
  status_.released += outcome->complete + outcome->deltas + outcome->arls;
  status_.failed += outcome->failures.size();
  if (!outcome->failures.empty()) {
    status_.last_failure = in_words(*outcome);
    return;
  }
  status_.last_failure.reset();
  status_.last_success = clock_.now();
}

bool Publisher::is_complete_due(pki::Time now) const {
  return is_due(ScopeAction::complete_and_delta, now);
}

bool Publisher::is_delta_due(pki::Time now) const {
  return is_due(ScopeAction::delta, now);
}

bool Publisher::is_due(ScopeAction action, pki::Time now) const {
  const store::ReadTransaction snapshot = environment_.read();
  const RunRequest request{.kind = std::nullopt, .now = now};
  const std::vector<registry::SigningIssuer> all = issuers();
  return std::ranges::any_of(plan(snapshot, all, request, options_),
                             [action](const PlannedScope& planned) { return planned.action == action; });
}

PublisherStatus Publisher::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

}  // namespace crl
