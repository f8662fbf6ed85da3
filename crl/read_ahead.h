// What the registry says, read on a thread of its own some batches ahead of who compares it.
//
// Walking the table and decoding a list cost about the same; a long list has them side by side. Memory stays
// the same for any length.

#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "crl/state.h"
#include "registry/certificates.h"

namespace crl {

class ReadAhead final {
 public:
  using Batch = std::vector<registry::RevokedEntry>;

  // `state` and its snapshot belong to the new thread until the end of this.
  explicit ReadAhead(StateAt& state);
  // Stops reading, wherever it is.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next entries, none at the end. Throws what reading them threw.
  Batch next();

 private:
  void read();
  // False when nobody wants it any more.
  bool give(Batch batch);

  StateAt& state_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;   // Guarded by mutex_.
  bool ended_ = false;        // Guarded by mutex_: nothing follows what is ready.
  bool stopping_ = false;     // Guarded by mutex_.
  std::exception_ptr fault_;  // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace crl
