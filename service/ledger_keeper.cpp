// Merging the ledger's counts.

#include "service/ledger_keeper.h"

namespace service {

namespace {

using verifier::LedgerAnswer;

// By ocsp::AnswerKind.
constexpr std::array<LedgerAnswer, ocsp::kAnswerKindCount> kAnswers = {
    LedgerAnswer::good,      LedgerAnswer::revoked,  LedgerAnswer::unknown,      LedgerAnswer::malformed,
    LedgerAnswer::try_later, LedgerAnswer::internal, LedgerAnswer::sig_required, LedgerAnswer::unauthorized};

LedgerAnswer answer_of(unsigned http_status) {
  switch (http_status) {
    case 200:
    case 206:
      return LedgerAnswer::given;
    case 304:
    case 412:
      return LedgerAnswer::not_modified;
    case 403:
      return LedgerAnswer::unauthorized;
    case 404:
      return LedgerAnswer::not_found;
    case 416:
      return LedgerAnswer::malformed;
    default:
      return LedgerAnswer::internal;
  }
}

}  // namespace

void count_answer(verifier::LedgerCounters& counters, const ocsp::AnsweredRequest& answered, pki::Time now) {
  verifier::LedgerKey key = verifier::ledger_key(answered.requester, now);
  key.purpose = answered.purpose;
  key.ca = answered.ca;
  key.item = verifier::LedgerItem::status;
  for (std::size_t i = 0; i < kAnswers.size(); ++i) {
    key.answer = kAnswers[i];
    counters.count(answered.worker, key, answered.counts[i]);
  }
}

void count_answer(verifier::LedgerCounters& counters, const crl::ServedList& served, pki::Time now) {
  verifier::LedgerKey key = verifier::ledger_key(served.requester, now);
  key.ca = served.ca;
  key.item = served.kind == registry::CrlKind::delta ? verifier::LedgerItem::delta_crl
                                                     : verifier::LedgerItem::complete_crl;
  key.answer = answer_of(served.status);
  counters.count(served.worker, key);
}

pki::Result<void> LedgerKeeper::merge() {
  const std::lock_guard lock(mutex_);
  const pki::Time now = clock_.now();
  const std::uint32_t today = verifier::ledger_day(now);
  const bool may_close = merged_on_ != today && verifier::has_unclosed_day(environment_.read(), now);
  // Taken last: a store that cannot be read throws above, and the counts wait.
  const std::vector<verifier::LedgerRow> rows = counters_.take();
  if (rows.empty() && !may_close) {
    merged_on_ = today;
    return {};
  }
  auto stored = writer_.execute(verifier::merge_into_ledger(rows));
  if (stored.has_error()) {
    counters_.give_back(rows);
    return stored;
  }
  merged_on_ = today;
  return {};
}

}  // namespace service
