// Several threads for one piece of a publication.

#pragma once

#include <cstddef>
#include <functional>

namespace crl {

// Calls work(0) to work(count - 1) at once, the first on the calling thread, and waits for all. Throws what
// the lowest of them threw. New threads have the priority of the calling one.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace crl
