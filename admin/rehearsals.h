// Dry runs that go over several requests: what the earlier ones imagined, kept for the later ones.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "pki/result.h"
#include "store/overlay.h"

namespace admin {

// What one dry run has imagined up to now. `mutex` is held while a batch is judged.
struct Rehearsal {
  std::mutex mutex;
  store::Overlay overlay;  // Guarded by mutex.
};

// Usable from any thread. Time is the steady clock's: how long somebody stays away, whatever the date.
class Rehearsals final {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  static constexpr std::size_t kHeldMax = 4;
  // What one may imagine: some hundred thousand events.
  static constexpr std::size_t kOctetsMax = std::size_t{256} << 20U;
  // One that nobody asks for is forgotten.
  static constexpr std::chrono::minutes kIdleLife{1};

  // The rehearsal of that name, begun when there is none. Errc::too_busy when others fill the room.
  [[nodiscard]] pki::Result<std::shared_ptr<Rehearsal>> take(const std::string& name, Moment now);
  // False when there is none.
  bool end(const std::string& name);

 private:
  struct Held {
    std::shared_ptr<Rehearsal> rehearsal;
    Moment used;
  };

  std::mutex mutex_;
  std::map<std::string, Held> held_;  // Guarded by mutex_.
};

}  // namespace admin
