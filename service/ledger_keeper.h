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

// Usable from any thread. What a crash loses is what was counted since the last call: a second at most.
class LedgerKeeper final {
 public:
  LedgerKeeper(verifier::LedgerCounters& counters, const store::Environment& environment,
               store::Writer& writer, const pki::Clock& clock)
      : counters_(counters), environment_(environment), writer_(writer), clock_(clock) {}

  // Count one answer, or one request for a list; from any serving thread, without waiting.
  void count(const ocsp::AnsweredRequest& answered);
  void count(const crl::ServedList& served);

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
