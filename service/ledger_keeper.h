// Carries the counts of answers from memory to the store: every second, and once more at an orderly stop.

#pragma once

#include <mutex>
#include <optional>

#include "crl/serve.h"
#include "ocsp/service.h"
#include "pki/time.h"
#include "store/environment.h"
#include "store/writer.h"
#include "verifier/ledger_counters.h"

namespace service {

// Count one answer, or one request for a list; from any serving thread, without waiting.
void count_answer(verifier::LedgerCounters& counters, const ocsp::AnsweredRequest& answered, pki::Time now);
void count_answer(verifier::LedgerCounters& counters, const crl::ServedList& served, pki::Time now);

// Usable from any thread. What a crash loses is what was counted since the last call: a second at most.
class LedgerKeeper final {
 public:
  LedgerKeeper(verifier::LedgerCounters& counters, const store::Environment& environment,
               store::Writer& writer, const pki::Clock& clock)
      : counters_(counters), environment_(environment), writer_(writer), clock_(clock) {}

  // As count_answer().
  void count(const ocsp::AnsweredRequest& answered) { count_answer(counters_, answered, clock_.now()); }
  void count(const crl::ServedList& served) { count_answer(counters_, served, clock_.now()); }

  // Adds what was counted to the store, and closes days that are over; writes nothing when there is nothing
  // to write. What cannot be stored now is kept and tried again: the error is for the log.
  pki::Result<void> merge();

 private:
  verifier::LedgerCounters& counters_;
  const store::Environment& environment_;
  store::Writer& writer_;
  const pki::Clock& clock_;
  std::mutex mutex_;
  // The day of the last merge: only when it has changed is there anything to close. Guarded by mutex_.
  std::optional<std::uint32_t> merged_on_;
};

}  // namespace service
