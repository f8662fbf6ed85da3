// Signs the audit log's head at the close of each day in Japan and every 1,000 entries, and keeps it in the
// safety folder and in the log.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "pki/signer.h"
#include "pki/time.h"
#include "registry/signed_head.h"
#include "service/high_water.h"
#include "store/environment.h"

namespace service {

inline constexpr std::uint64_t kEntriesBetweenHeads = 1'000;

class AuditHeads final {
 public:
  // `log` hears of each head that was signed, one line.
  AuditHeads(const SafetyFolder& folder, const store::Environment& environment,
             std::shared_ptr<const pki::Signer> operations, const pki::Clock& clock,
             std::function<void(std::string_view)> log);

  // Signs when it is time. Called every few seconds; one thread at a time.
  void keep();
  // Why the last one could not be kept, until one is: for /readyz.
  [[nodiscard]] std::optional<std::string> fault() const;

 private:
  [[nodiscard]] bool is_due(const store::AuditHead& head, pki::Time now) const;

  const SafetyFolder& folder_;
  const store::Environment& environment_;
  const std::shared_ptr<const pki::Signer> operations_;
  const pki::Clock& clock_;
  const std::function<void(std::string_view)> log_;
  std::optional<registry::SignedHead> last_;
  mutable std::mutex mutex_;
  std::optional<std::string> fault_;  // Guarded by mutex_.
};

}  // namespace service
