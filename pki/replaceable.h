// A value that many threads read while one now and then puts another in its place.
//
// It stands where std::atomic<std::shared_ptr> would: the load of libstdc++ 12 gives its inner lock back
// without release, so that on a machine of weak order a reader may couple the new pointer with the count of
// the old. ThreadSanitizer reports it.

#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace pki {

// Usable from any thread. A reader's value lives on for as long as the reader keeps it.
template <typename Value>
class Replaceable final {
 public:
  Replaceable() = default;
  explicit Replaceable(std::shared_ptr<const Value> value) : value_(std::move(value)) {}

  // Empty until there is a value. The lock is held for as long as a count takes to go up.
  [[nodiscard]] std::shared_ptr<const Value> load() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  void store(std::shared_ptr<const Value> value) {
    const std::lock_guard lock(mutex_);
    // The former value goes with the argument, which outlives the lock: its end may take long.
    value_.swap(value);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Value> value_;
};

}  // namespace pki
