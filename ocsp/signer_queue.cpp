// A queue, a condition and some threads.

#include "ocsp/signer_queue.h"

#include <new>
#include <utility>

namespace ocsp {

namespace {

// To hand an answer over wakes a serving thread, which costs as much as a tenth of a signature by RSA when
// both share a core: under load several go together. So long, at most, an answer waits for its companions.
constexpr std::chrono::milliseconds kHandOverAfter{1};

}  // namespace

SignerQueue::SignerQueue(Options options, Work work) : options_(options), work_(std::move(work)) {
  threads_.reserve(options.threads);
  for (std::size_t i = 0; i < options.threads; ++i)
    threads_.emplace_back([this] { run(); });
}

SignerQueue::~SignerQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

std::optional<WaitingRequest> SignerQueue::push(WaitingRequest waiting) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= options_.length) return waiting;
    jobs_.push_back(std::move(waiting));
  }
  changed_.notify_one();
  return std::nullopt;
}

std::size_t SignerQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void SignerQueue::run() {
  http::ReplyBatch finished;
  SteadyClock::time_point oldest;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (is_time_to_hand_over(finished.size(), oldest)) {
      lock.unlock();
      finished.hand_over();
      lock.lock();
    }
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    WaitingRequest job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    auto response = work_(job);
    if (finished.size() == 0) oldest = SteadyClock::now();
    try {
      if (response) finished.add(std::move(job.reply), std::move(*response));
    } catch (const std::bad_alloc&) {
      // The reply has answered 500 on its way out.
    }
    lock.lock();
  }
}

// With half of the known requests answered the clients and the serving threads have something to do while the
// other half is signed. Called with the lock held; says yes whenever the thread would wait.
bool SignerQueue::is_time_to_hand_over(std::size_t finished, SteadyClock::time_point oldest) const {
  if (finished == 0) return false;
  return finished * options_.threads >= jobs_.size() || SteadyClock::now() - oldest >= kHandOverAfter;
}

}  // namespace ocsp
