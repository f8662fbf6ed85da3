// The same work over many items with several connections, so that the server can commit them together.

#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace cli {

// Calls `work(index)` for 0 .. count-1 on `threads` threads, each with what `make_worker` gave it. The first
// exception ends all and is thrown here.
template <typename Worker>
void for_each_parallel(std::size_t count, std::size_t threads, const std::function<Worker()>& make_worker,
                       const std::function<void(Worker&, std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::jthread> pool;
  for (std::size_t t = 0; t < threads; ++t)
    pool.emplace_back([&] {
      try {
        Worker worker = make_worker();
        for (std::size_t i = next++; i < count; i = next++)
          work(worker, i);
      } catch (...) {
        next = count;
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    });
  pool.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace cli
