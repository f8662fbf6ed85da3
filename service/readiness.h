// What /readyz says: judged at most once a second, whoever asks and however often.
//
// Judging signs with the key of every responder and reads the store, so one job on a thread of its own does
// it, and what it finds serves both forms of the question. Nothing that answers about status goes by it: each
// answer looks at the clock, the lease and the key for itself.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/workers.h"
#include "http/reply.h"

namespace service {

// A clock that is never set: std::chrono::steady_clock::now, or a test's.
using SteadyTime = std::function<std::chrono::steady_clock::time_point()>;

// How long what was found is served.
inline constexpr std::chrono::seconds kReadinessKept{1};

struct Judgement {
  // What keeps status from being answered; empty when nothing does.
  std::vector<std::string> answer_faults;
  // All that is not in order; empty when ready.
  std::vector<std::string> faults;
  // No operator was added yet.
  bool is_on_trial = false;
};

enum class ReadinessForm : std::uint8_t {
  whole,        // /readyz, for operators.
  for_answers,  // /readyz?for=answers, for balancers.
};

class Readiness final {
 public:
  // `judge` is called on a thread of this object, one call at a time; what it throws is the only fault then.
  // `role` is that of a cluster's machine (readiness_response()), empty without one.
  Readiness(std::function<Judgement()> judge, std::string role, SteadyTime now);

  // Usable from any thread, which does not wait: the answer comes at once when one is kept that is less than
  // kReadinessKept old, counted from the beginning of its judging, and otherwise at the end of the judging
  // that is under way or begins now.
  void answer(ReadinessForm form, http::Reply reply);

 private:
  using Waiting = std::pair<ReadinessForm, http::Reply>;

  void judge();
  [[nodiscard]] http::Response response_of(const Judgement& judgement, ReadinessForm form) const;

  const std::function<Judgement()> judge_;
  const std::string role_;
  const SteadyTime now_;
  std::mutex mutex_;
  // Guarded by mutex_, as are the next three.
  std::optional<Judgement> kept_;
  std::chrono::steady_clock::time_point kept_since_;
  bool is_judging_ = false;
  std::vector<Waiting> waiting_;
  // Ends first.
  admin::Workers worker_{1, 1};
};

}  // namespace service
