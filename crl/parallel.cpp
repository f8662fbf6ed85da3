// Threads that end where they began: nothing outlives the call.

#include "crl/parallel.h"

#include <exception>
#include <future>
#include <vector>

namespace crl {

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < count; ++i)
    others.push_back(std::async(std::launch::async, [&work, i] { work(i); }));
  std::exception_ptr fault;
  try {
    if (count > 0) work(0);
  } catch (...) {
    fault = std::current_exception();
  }
  for (std::future<void>& other : others) {
    try {
      other.get();
    } catch (...) {
      if (!fault) fault = std::current_exception();
    }
  }
  if (fault) std::rethrow_exception(fault);
}

}  // namespace crl
