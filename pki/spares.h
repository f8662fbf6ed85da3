// Things that serve one thread at a time and cost much to make, kept for who needs one next.

#pragma once

#include <mutex>
#include <utility>
#include <vector>

namespace pki {

// `Pointer` is an owning pointer. Usable from any thread; holds as many as were ever in use at once.
template <typename Pointer>
class Spares final {
 public:
  // One that nobody else has until it is put back; null when there is none.
  [[nodiscard]] Pointer take() {
    const std::lock_guard lock(mutex_);
    if (spares_.empty()) return {};
    Pointer one = std::move(spares_.back());
    spares_.pop_back();
    return one;
  }
  // REQUIRES: it is ready for the next use. What failed is not put back.
  void put(Pointer one) {
    const std::lock_guard lock(mutex_);
    spares_.push_back(std::move(one));
  }

 private:
  std::mutex mutex_;
  std::vector<Pointer> spares_;  // Guarded by mutex_.
};

}  // namespace pki
