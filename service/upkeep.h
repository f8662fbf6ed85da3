// What a running authority does by itself: the bodies of the background tasks, and their table.

#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "service/background.h"
#include "service/certificate_counts.h"
#include "service/clock_mark.h"
#include "service/open_authority.h"
#include "service/services.h"
#include "service/tls_material.h"
#include "service/trusted_clock.h"

namespace service {

class Upkeep final {
 public:
  // All must outlive the object; `tls` is null when there is no HTTPS, `guard` when the clock has none.
  Upkeep(OpenAuthority& authority, Services& services, TlsMaterial* tls, const TrustedClock* guard)
      : authority_(authority), services_(services), tls_(tls), guard_(guard) {
    if (guard_ != nullptr) clock_marks_.emplace(authority_.data(), *guard_);
  }

  // The table of tasks. The object must outlive their use.
  [[nodiscard]] std::vector<BackgroundTask> tasks();
  // One round of all tasks on the calling thread, each after what it depends on: what has fallen due, then
  // the lists that say it. For a clock that is set (the mock), in place of the background.
  void catch_up();
  // The same without the lists.
  void apply_time();
  // Long tasks end early from now on.
  void stop() { stopping_ = true; }

  // So that readiness knows the lists before the tasks have begun.
  void look_at_list_files();
  // Closes issues whose end was lost, opened before `moment`.
  void close_abandoned(pki::Time moment);
  // What the last count of certificates has found.
  [[nodiscard]] const CertificateCounts& certificate_counts() const { return certificate_counts_; }
  // Adds the ledger's counts to the store; a failure is reported once, until one succeeds.
  void keep_ledger();
  // Leaves for the next process what is known of the clock. For the end; until then its task does.
  void leave_clock();

 private:
  // Looks at the clock, so that a leap is noticed when no request asks for the time, and says when a doubt
  // comes and goes.
  void watch_clock();
  // Says once that the clock's mark cannot be written, until it can.
  void report_clock_mark(const pki::Result<void>& written);
  // True while the wall clock is in doubt: what time brings waits.
  [[nodiscard]] bool is_time_in_doubt() const { return guard_ != nullptr && guard_->doubt().has_value(); }
  // Retries what could not be written before.
  void housekeeping_tick();
  // Signs the audit log's head when it is time; stops writing while none can be.
  void keep_audit_heads();
  // Gives what it released; a failure is reported.
  crl::PublicationReport publish_due();
  // Digests included.
  void look_at_lists();
  // Records what time has brought: at once when the day begins in Japan, and whatever a downtime left.
  void sweep();
  // The credentials of verifiers that have ended their PIN-less checks.
  void end_credentials();
  void renew_responders();
  void count_certificates();
  // Removes answers to repeated requests whose day is over.
  void forget_answers();
  // Fills in the rows of a compromised generation, and publishes its lists at the end.
  void follow_compromises();
  // Goes on with a rotation of the data key, from where it ended.
  void seal_again();
  // Lists the residents of a store of an earlier version by their names, from where it ended.
  void list_residents();

  OpenAuthority& authority_;
  Services& services_;
  TlsMaterial* tls_;
  const TrustedClock* guard_;
  std::optional<ClockMarkKeeper> clock_marks_;
  // Whether the log knows of the doubt, and of a mark that cannot be written; the clock's task alone uses
  // them.
  bool doubt_reported_ = false, clock_mark_reported_ = false;
  // Whether writing has been stopped; the housekeeping's task alone uses it.
  bool writing_stopped_ = false;
  std::atomic<bool> stopping_{false};
  CertificateCounts certificate_counts_;
  std::atomic<bool> ledger_failing_{false};
  // Whether the log knows that lists are not in order.
  std::atomic<bool> lists_reported_{false};
  // The last day in Japan on which end_credentials() has looked; the sweep's thread alone uses it.
  std::optional<pki::Date> credentials_looked_at_;
};

}  // namespace service
