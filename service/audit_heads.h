// Signs the audit log's head at the close of each day in Japan and every 1,000 entries, and keeps it in the
// safety folder and in the log.
//
// What is not signed can be cut off unnoticed. So a head that cannot be signed and kept makes the service
// unready after an hour, and stops writing after a day: it must not go on where its record cannot be trusted.

#pragma once

#include <chrono>
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
// How long a head may be due without being signed and kept.
inline constexpr pki::Seconds kUnsignedUntilUnready{std::chrono::hours{1}};
inline constexpr pki::Seconds kUnsignedUntilStop{std::chrono::hours{24}};

class AuditHeads final {
 public:
  // Gives the key of the operations CA that signs now.
  using Signer = std::function<std::shared_ptr<const pki::Signer>()>;
  // `log` hears of each head that was signed, one line.
  AuditHeads(const SafetyFolder& folder, const store::Environment& environment, Signer operations,
             const pki::Clock& clock, std::function<void(std::string_view)> log);

  // Signs when it is time. Called every few seconds; one thread at a time.
  void keep();
  // What is wrong and what to do, when a head has been due for more than kUnsignedUntilUnready: for /readyz.
  [[nodiscard]] std::optional<std::string> fault() const;
  // The same after kUnsignedUntilStop, when nothing may be written: for the writer.
  [[nodiscard]] std::optional<std::string> stop_reason() const;
  // Since when a head is due that could not be signed or kept; 0 when all are.
  [[nodiscard]] pki::Seconds overdue() const;

 private:
  // A head that could not be signed or kept.
  struct Failure {
    pki::Time due_since;
    std::string why;
  };
  [[nodiscard]] bool is_due(const store::AuditHead& head, pki::Time now) const;
  // When the head that is due now became due, as far as a process knows that has just begun.
  [[nodiscard]] pki::Time due_since(const store::ReadTransaction& snapshot, pki::Time now) const;
  pki::Result<registry::SignedHead> sign_and_keep(const store::AuditHead& head, pki::Time now) const;
  [[nodiscard]] std::optional<std::string> fault_beyond(pki::Seconds limit) const;

  const SafetyFolder& folder_;
  const store::Environment& environment_;
  const Signer operations_;
  const pki::Clock& clock_;
  const std::function<void(std::string_view)> log_;
  std::optional<registry::SignedHead> last_;
  mutable std::mutex mutex_;
  std::optional<Failure> failure_;  // Guarded by mutex_.
};

}  // namespace service
