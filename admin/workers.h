// Threads for requests that wait: for commits, signatures, publications.

#pragma once

#include <cstddef>
#include <functional>

#include "pki/work_queue.h"

namespace admin {

// A fixed number of threads and a bounded queue. Usable from any thread; what is queued is finished at the
// end.
class Workers final {
 public:
  Workers(std::size_t threads, std::size_t queue_length_max);

  // False when the queue is full; the job is then dropped.
  [[nodiscard]] bool submit(std::function<void()> job) { return !pool_.push(std::move(job)).has_value(); }

 private:
  using Pool = pki::WorkerPool<std::function<void()>>;

  Pool pool_;
};

}  // namespace admin
