// Dry runs that span several requests: the overlay of the earlier ones is the base of the later ones.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "pki/result.h"
#include "store/overlay.h"

namespace admin {

// The changes of one dry run up to now. `mutex` is held while a batch is judged.
struct DryRun {
  std::mutex mutex;
  store::Overlay overlay;  // Guarded by mutex.
};

// Usable from any thread. Time is the steady clock's: how long somebody stays away, whatever the date.
class DryRuns final {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  static constexpr std::size_t kHeldMax = 4;
  // The most that one may hold: some hundred thousand events.
  static constexpr std::size_t kBytesMax = std::size_t{256} << 20U;
  // One that is no longer used is dropped.
  static constexpr std::chrono::minutes kIdleLife{1};

  // The dry run of that name, begun when there is none. Errc::too_busy when kHeldMax others are held.
  [[nodiscard]] pki::Result<std::shared_ptr<DryRun>> take(const std::string& name, Moment now);
  // False when there is none.
  bool end(const std::string& name);

 private:
  struct Held {
    std::shared_ptr<DryRun> dry_run;
    Moment used;
  };

  std::mutex mutex_;
  std::map<std::string, Held> held_;  // Guarded by mutex_.
};

}  // namespace admin
