// Keeping, sharing and answering.

#include "service/readiness.h"

#include "service/pages.h"

namespace service {

namespace {

// What waits for one judging. Who asks beyond it is not ready to be served.
constexpr std::size_t kMostWaiting = 1'000;

Judgement only_fault(std::string fault) {
  return {.answer_faults = {fault}, .faults = {std::move(fault)}, .is_on_trial = false};
}

Judgement judge_or_fault(const std::function<Judgement()>& judge) {
  try {
    return judge();
  } catch (const std::exception& fault) {
    return only_fault(std::string("service: ") + fault.what());
  }
}

}  // namespace

Readiness::Readiness(std::function<Judgement()> judge, std::string role, SteadyTime now)
    : judge_(std::move(judge)), role_(std::move(role)), now_(std::move(now)) {}

void Readiness::answer(ReadinessForm form, http::Reply reply) {
  std::optional<Judgement> found;
  bool begins = false;
  {
    const std::lock_guard lock(mutex_);
    if (kept_ && now_() - kept_since_ < kReadinessKept) {
      found = kept_;
    } else if (waiting_.size() >= kMostWaiting) {
      found = only_fault("ops: too many requests are waiting");
    } else {
      waiting_.emplace_back(form, std::move(reply));
      begins = !std::exchange(is_judging_, true);
    }
  }
  if (found) return reply(response_of(*found, form));
  // There is room: the one job is that of the judging that has just begun.
  if (begins && !worker_.submit([this] { judge(); })) judge();
}

void Readiness::judge() {
  const auto begun = now_();
  const Judgement judgement = judge_or_fault(judge_);
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    is_judging_ = false;
    waiting.swap(waiting_);
    kept_since_ = begun;
    kept_ = judgement;
  }
  for (auto& [form, reply] : waiting)
    reply(response_of(judgement, form));
}

http::Response Readiness::response_of(const Judgement& judgement, ReadinessForm form) const {
  const bool is_for_answers = form == ReadinessForm::for_answers;
  return readiness_response(is_for_answers ? judgement.answer_faults : judgement.faults,
                            judgement.is_on_trial, role_);
}

}  // namespace service
