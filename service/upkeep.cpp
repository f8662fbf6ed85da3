// The tasks.

#include "service/upkeep.h"

#include "law/compromise.h"
#include "law/sweep.h"
#include "registry/actor.h"
#include "registry/retention.h"
#include "verifier/approval_end.h"

namespace service {

std::vector<BackgroundTask> Upkeep::tasks() {
  using namespace std::chrono_literals;
  return {{"clock", 1s, [this] { watch_clock(); }},
          {"housekeeping", 5s, [this] { housekeeping_tick(); }},
          {"CRL publication", 5s, [this] { publish_due(); }},
          {"sweep", 1s, [this] { sweep(); }},
          {"ledger", 1s, [this] { keep_ledger(); }},
          {"renewal of responders", 1h, [this] { renew_responders(); }},
          {"renewal of TLS", 1h,
           [this] {
             if (tls_ != nullptr) tls_->renew();
           }},
          {"removal of remembered answers", 10min, [this] { forget_answers(); }},
          {"compromised generations", 500ms, [this] { follow_compromises(); }}};
}

void Upkeep::watch_clock() {
  if (guard_ == nullptr) return;
  const auto doubt = guard_->doubt();
  if (doubt.has_value() == doubt_reported_) return;
  doubt_reported_ = doubt.has_value();
  authority_.report(doubt ? doubt->describe()
                          : "the clock is believed again: it is " + pki::to_rfc3339(guard_->now()));
}

void Upkeep::close_abandoned(pki::Time moment) {
  const auto closed = authority_.issuance().close_abandoned(moment);
  if (closed.has_error()) authority_.report("closing abandoned issues failed: " + closed.error().detail);
}

void Upkeep::housekeeping_tick() {
  // An issue takes milliseconds; one that is open for minutes has lost its end.
  close_abandoned(authority_.clock().now() - std::chrono::minutes{10});
  if (AuditHeads* heads = authority_.audit_heads(); heads != nullptr) heads->keep();
  // After a failed write the store is tried until it can be written again, so that readiness comes back.
  if (authority_.writer().fault())
    static_cast<void>(authority_.writer().execute(
        {.actor = registry::system_actor(), .action = "store probe", .run = [](store::CommandContext&) {
           return pki::Result<void>{};
         }}));
}

void Upkeep::publish_due() {
  const auto run = services_.publisher().publish_due(authority_.clock().now());
  // A run on demand goes on at the same time: the next call catches up.
  const bool failed = run.has_error() && run.error().code != pki::Errc::conflict;
  if (failed) authority_.report("CRL publication failed: " + run.error().detail);
  if (run.has_value() && !run->failures.empty())
    authority_.report("CRL publication: " + run->failures.front().reason);
}

void Upkeep::follow_compromises() {
  const auto completed = law::fill_in_compromises(authority_.environment(), authority_.writer(),
                                                  [this] { return stopping_.load(); });
  if (completed.has_error()) {
    authority_.report("filling in a compromised generation was broken off and is tried again: " +
                      completed.error().detail);
    return;
  }
  if (completed->empty()) return;
  const auto run = services_.publisher().publish(crl::PublicationKind::complete_and_delta);
  if (run.has_error()) authority_.report("CRL publication failed: " + run.error().detail);
}

void Upkeep::sweep() {
  if (is_time_in_doubt()) return;
  const auto swept = law::sweep({authority_.environment(), authority_.writer(), authority_.vault()},
                                registry::system_actor(), authority_.clock().now());
  if (swept.has_error()) authority_.report("recording what is due failed: " + swept.error().detail);
  end_credentials();
}

// Ends of approvals have days, not hours: one look a day, and one after every start.
void Upkeep::end_credentials() {
  const pki::Time now = authority_.clock().now();
  const pki::Date today = pki::jst_date(now);
  if (credentials_looked_at_ == today) return;
  const auto ended =
      verifier::end_credentials(authority_.environment(), authority_.writer(), registry::system_actor(), now);
  if (ended.has_value())
    credentials_looked_at_ = today;
  else
    authority_.report("revoking the credentials of ended approvals failed: " + ended.error().detail);
}

void Upkeep::forget_answers() {
  if (is_time_in_doubt()) return;
  const auto removed = registry::remove_in_steps(
      {authority_.environment(), authority_.writer(), authority_.vault()}, registry::system_actor(),
      {registry::RetentionClass::answer, authority_.clock().now()}, [this] { return stopping_.load(); });
  if (removed.has_error())
    authority_.report("removing answers whose day is over failed: " + removed.error().detail);
}

void Upkeep::keep_ledger() {
  std::string why;
  try {
    const auto merged = services_.ledger().merge();
    if (merged.has_error()) why = merged.error().detail;
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (!why.empty() && !ledger_failing_.exchange(true))
    authority_.report("the ledger's counts wait, they cannot be stored now: " + why);
  if (why.empty()) ledger_failing_ = false;
}

void Upkeep::renew_responders() {
  for (const registry::SigningIssuer& ca : authority_.authority().generations()) {
    if (!authority_.renew_responder(ca)) continue;
    auto responders = ca::load_responders(authority_.environment().read(), authority_.keys());
    if (!responders) {
      authority_.report("the new OCSP responder cannot be loaded: " + responders.error().detail);
      continue;
    }
    for (registry::SigningResponder& responder : *responders) {
      if (responder.issuer != ca.id()) continue;
      const auto replaced = services_.ocsp().replace_responder(std::move(responder));
      if (replaced.has_error())
        authority_.report("the new OCSP responder fails its test: " + replaced.error().detail);
    }
  }
}

}  // namespace service
