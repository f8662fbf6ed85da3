// The count of `jpki stats` without persons, kept for whoever asks next.

#include "service/certificate_counts.h"

#include <utility>

namespace service {

void CertificateCounts::count(const store::Environment& environment, const store::Vault& vault, pki::Time now,
                              const std::function<bool()>& is_to_end) {
  const auto counted = registry::count_certificates(
      environment.read(), vault,
      {.on = pki::jst_date(now), .until = now, .depth = registry::StatisticsDepth::points},
      [&is_to_end](std::uint64_t) { return !is_to_end(); });
  if (!counted) return;
  const std::lock_guard lock(mutex_);
  last_ = {counted->total, now};
}

std::optional<CertificateCounts::Count> CertificateCounts::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace service
