// A bounded queue between the walk and the comparison.

#include "crl/read_ahead.h"

#include <utility>

namespace crl {

namespace {

// Small enough that the allocator keeps the memory.
constexpr std::size_t kBatch = 1024;
constexpr std::size_t kBatchesAhead = 16;

}  // namespace

ReadAhead::ReadAhead(StateAt& state) : state_(state), thread_([this] { read(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

ReadAhead::Batch ReadAhead::next() {
  Batch batch;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || ended_; });
    if (ready_.empty()) {
      if (fault_) std::rethrow_exception(fault_);
      return {};
    }
    batch = std::move(ready_.front());
    ready_.pop_front();
  }
  changed_.notify_all();
  return batch;
}

bool ReadAhead::give(Batch batch) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_.size() < kBatchesAhead || stopping_; });
    if (stopping_) return false;
    ready_.push_back(std::move(batch));
  }
  changed_.notify_all();
  return true;
}

void ReadAhead::read() {
  std::exception_ptr fault;
  try {
    for (bool more = true; more;) {
      Batch batch;
      batch.reserve(kBatch);
      const registry::RevokedEntry* entry = nullptr;
      while (batch.size() < kBatch && (entry = state_.next()) != nullptr)
        batch.push_back(*entry);
      more = entry != nullptr;
      if (!batch.empty() && !give(std::move(batch))) break;
    }
  } catch (...) {
    fault = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    ended_ = true;
  }
  changed_.notify_all();
}

}  // namespace crl
