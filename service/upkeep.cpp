// The table of the background tasks (name, interval, function) and their bodies.

#include "service/upkeep.h"

#include "law/compromise.h"
#include "law/sweep.h"
#include "registry/actor.h"
#include "registry/retention.h"
#include "service/log.h"
#include "verifier/approval_end.h"

namespace service {

namespace {

// The mock, which publishes whenever its clock is set, has no such lines.
void log_published(const crl::PublicationReport& report) {
  if (report.complete + report.deltas + report.arls == 0) return;
  log_info("published: " + std::to_string(report.complete) + " complete CRLs, " +
           std::to_string(report.deltas) + " delta CRLs and " + std::to_string(report.arls) +
           " lists of CAs");
}

}  // namespace

std::vector<BackgroundTask> Upkeep::tasks() {
  using namespace std::chrono_literals;
  return {{"clock", 1s, [this] { watch_clock(); }},
          {"housekeeping", 5s, [this] { housekeeping_tick(); }},
          {"CRL publication", 5s, [this] { log_published(publish_due()); }},
          {"lists", 5s, [this] { look_at_lists(); }},
          {"sweep", 1s, [this] { sweep(); }},
          {"ledger", 1s, [this] { keep_ledger(); }},
          {"renewal of responders", 1h, [this] { renew_responders(); }},
          {"renewal of TLS", 1h,
           [this] {
             if (tls_ != nullptr) tls_->renew();
           }},
          {"removal of remembered answers", 10min, [this] { forget_answers(); }},
          {"count of certificates", 10min, [this] { count_certificates(); }},
          {"compromised generations", 500ms, [this] { follow_compromises(); }},
          {"sealing records again", 1s, [this] { seal_again(); }},
          {"index of residents", 1s, [this] { list_residents(); }}};
}

void Upkeep::apply_time() {
  sweep();
  follow_compromises();
}

void Upkeep::catch_up() {
  apply_time();
  housekeeping_tick();
  renew_responders();
  if (tls_ != nullptr) tls_->renew();
  publish_due();
  keep_ledger();
  forget_answers();
  seal_again();
  list_residents();
}

void Upkeep::watch_clock() {
  if (guard_ == nullptr) return;
  const auto doubt = guard_->doubt();
  report_clock_mark(clock_marks_->keep());
  if (doubt.has_value() == doubt_reported_) return;
  doubt_reported_ = doubt.has_value();
  authority_.report(doubt ? doubt->describe().in(pki::Language::en)
                          : "the clock is believed again: it is " + pki::to_rfc3339(guard_->now()));
}

void Upkeep::report_clock_mark(const pki::Result<void>& written) {
  if (written.has_error() && !clock_mark_reported_)
    authority_.report("a restart will not know of a doubt about the clock: " + written.error().text());
  clock_mark_reported_ = written.has_error();
}

void Upkeep::leave_clock() {
  if (clock_marks_) report_clock_mark(clock_marks_->keep_now());
}

void Upkeep::close_abandoned(pki::Time moment) {
  if (authority_.vault().locked()) return;
  const auto closed = authority_.issuance().close_abandoned(moment);
  if (closed.has_error()) authority_.report("closing abandoned issues failed: " + closed.error().text());
}

void Upkeep::housekeeping_tick() {
  // An issue takes milliseconds; one that is open for minutes has lost its end.
  close_abandoned(authority_.clock().now() - std::chrono::minutes{10});
  if (authority_.safety() != nullptr) authority_.safety()->look(authority_.environment().read());
  keep_audit_heads();
  // After a failed write of the store, or of the mark that follows each commit, both are tried until they can
  // be written again, so that readiness comes back. A probe says nothing about who did what.
  const SafetyFolder* const safety = authority_.safety();
  if (authority_.writer().fault() || (safety != nullptr && safety->fault()))
    static_cast<void>(authority_.writer().execute({.actor = registry::system_actor(),
                                                   .action = "store probe",
                                                   .run = [](store::CommandContext& context) {
                                                     context.audit = store::AuditTrail::none;
                                                     return pki::Result<void>{};
                                                   }}));
}

void Upkeep::keep_audit_heads() {
  AuditHeads* const heads = authority_.audit_heads();
  if (heads == nullptr) return;
  heads->keep();
  auto reason = heads->stop_reason();
  // Nothing may be added to a store that lacks what a newer one has promised.
  if (const auto overtaken = authority_.safety()->overtaken()) reason = overtaken->in(pki::Language::en);
  if (reason && !writing_stopped_) authority_.report("writing stops: " + *reason);
  if (!reason && writing_stopped_) authority_.report("writing goes on");
  writing_stopped_ = reason.has_value();
  authority_.writer().stop(reason);
}

crl::PublicationReport Upkeep::publish_due() {
  const auto run = services_.publisher().publish_due(authority_.clock().now());
  // A run on demand goes on at the same time: the next call catches up. A run that is given up
  // because the service ends is no failure.
  const bool failed = run.has_error() && run.error().code != pki::Errc::conflict && !stopping_;
  if (failed) authority_.report("CRL publication failed: " + run.error().text());
  if (run.has_value() && !run->failures.empty())
    authority_.report("CRL publication: " + run->failures.front().reason.in(pki::Language::en));
  if (run.has_value() && run->complete + run->deltas + run->arls > 0) look_at_lists();
  return run.has_value() ? *run : crl::PublicationReport{};
}

void Upkeep::look_at_list_files() {
  services_.list_health().look(authority_.clock().now(), crl::LookDepth::files);
}

void Upkeep::look_at_lists() {
  crl::ListHealth& health = services_.list_health();
  health.look(authority_.clock().now(), crl::LookDepth::bytes);
  // Before the first publication none is there, and the log need not say so.
  const bool is_faulty = health.fault_count() > 0 && services_.publisher().status().last_success.has_value();
  if (is_faulty && !lists_reported_.exchange(true))
    authority_.report("lists are not in order, and are published again: " + health.faults().front());
  if (!is_faulty) lists_reported_ = false;
}

void Upkeep::count_certificates() {
  certificate_counts_.count(authority_.environment(), authority_.vault(), authority_.clock().now(),
                            [this] { return stopping_.load(); });
}

void Upkeep::follow_compromises() {
  const auto completed = law::fill_in_compromises(authority_.environment(), authority_.writer(),
                                                  [this] { return stopping_.load(); });
  if (completed.has_error()) {
    authority_.report("filling in a compromised generation was broken off and is tried again: " +
                      completed.error().text());
    return;
  }
  if (completed->empty()) return;
  const auto run = services_.publisher().publish(crl::PublicationKind::complete_and_delta);
  if (run.has_error() && !stopping_) authority_.report("CRL publication failed: " + run.error().text());
}

void Upkeep::seal_again() {
  pki::Result<bool> more = true;
  while (more.has_value() && *more && !stopping_)
    more = authority_.continue_rotation();
  if (more.has_error())
    authority_.report("sealing records again was broken off and is tried again: " + more.error().text());
}

void Upkeep::list_residents() {
  pki::Result<bool> more = true;
  while (more.has_value() && *more && !stopping_)
    more = authority_.continue_resident_index();
  if (more.has_error())
    authority_.report("listing residents by their names was broken off and is tried again: " +
                      more.error().text());
}

void Upkeep::sweep() {
  // Clocks stand in sealed records; they are applied when the key is back.
  if (is_time_in_doubt() || authority_.vault().locked()) return;
  const auto swept = law::sweep({authority_.environment(), authority_.writer(), authority_.vault()},
                                registry::system_actor(), authority_.clock().now());
  if (swept.has_error()) authority_.report("recording what is due failed: " + swept.error().text());
  if (swept.has_value() && swept->unreadable > 0)
    authority_.report("what fell due for " + std::to_string(swept->unreadable) +
                      " residents waits: their records do not open; see jpki check --store");
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
    authority_.report("revoking the credentials of ended approvals failed: " + ended.error().text());
}

void Upkeep::forget_answers() {
  if (is_time_in_doubt() || authority_.vault().locked()) return;
  const auto removed = registry::remove_in_steps(
      {authority_.environment(), authority_.writer(), authority_.vault()}, registry::system_actor(),
      {registry::RetentionClass::answer, authority_.clock().now()}, [this] { return stopping_.load(); });
  if (removed.has_error())
    authority_.report("removing answers whose day is over failed: " + removed.error().text());
}

void Upkeep::keep_ledger() {
  std::string why;
  try {
    const auto merged = services_.ledger().merge();
    if (merged.has_error()) why = merged.error().text();
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
    auto responders =
        ca::load_responders(authority_.environment().read(), authority_.keys(), authority_.machine());
    if (!responders) {
      authority_.report("the new OCSP responder cannot be loaded: " + responders.error().text());
      continue;
    }
    for (registry::SigningResponder& responder : *responders) {
      if (responder.issuer != ca.id()) continue;
      const auto replaced = services_.ocsp().replace_responder(std::move(responder));
      if (replaced.has_error())
        authority_.report("the new OCSP responder fails its test: " + replaced.error().text());
    }
  }
}

}  // namespace service
