// The loop of a thread that signs and hands finished answers over together.

#include "ocsp/signer_queue.h"

#include <new>
#include <utility>

namespace ocsp {

namespace {

// To hand an answer over wakes a serving thread, which costs as much as a tenth of a signature by RSA when
// both share a core: under load several go together. So long, at most, an answer waits for its companions.
constexpr std::chrono::milliseconds kHandOverAfter{1};

}  // namespace

SignerQueue::SignerQueue(Options options, Work work)
    : options_(options),
      work_(std::move(work)),
      pool_(options.threads, pki::FirstInFirstOut<WaitingRequest>(options.length),
            [this](Pool::Queue& queue) { run(queue); }) {}

void SignerQueue::run(Pool::Queue& queue) const {
  http::ReplyBatch finished;
  SteadyClock::time_point oldest;
  for (;;) {
    if (is_time_to_hand_over(finished.size(), queue.size(), oldest)) finished.hand_over();
    std::optional<WaitingRequest> job = queue.try_pop();
    if (!job) {
      // No answer is held back while the thread waits.
      finished.hand_over();
      job = queue.pop();
    }
    if (!job) return;
    auto response = work_(*job);
    if (finished.size() == 0) oldest = SteadyClock::now();
    try {
      if (response) finished.add(std::move(job->reply), std::move(*response));
    } catch (const std::bad_alloc&) {
      // The reply has answered 500 on its way out.
    }
  }
}

// With half of the known requests answered the clients and the serving threads have something to do while the
// other half is signed.
bool SignerQueue::is_time_to_hand_over(std::size_t finished, std::size_t waiting,
                                       SteadyClock::time_point oldest) const {
  if (finished == 0) return false;
  return finished * options_.threads >= waiting || SteadyClock::now() - oldest >= kHandOverAfter;
}

}  // namespace ocsp
