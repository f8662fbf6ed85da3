// How many certificates are in each state, for /metrics: counted in the background, since the count is a walk
// over every certificate.

#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "registry/statistics.h"

namespace service {

// Its functions are safe from any thread.
class CertificateCounts final {
 public:
  struct Count {
    registry::KindCounts by_kind;
    pki::Time at;
  };

  // Counts what the store says at `now`; ends without a result once `is_to_end` says so. Opens no sealed
  // record.
  void count(const store::Environment& environment, const store::Vault& vault, pki::Time now,
             const std::function<bool()>& is_to_end);
  // Nothing before the first count.
  [[nodiscard]] std::optional<Count> last() const;

 private:
  mutable std::mutex mutex_;
  std::optional<Count> last_;  // Guarded by mutex_.
};

}  // namespace service
