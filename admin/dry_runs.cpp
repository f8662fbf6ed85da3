// A few at a time, each with an end.

#include "admin/dry_runs.h"

#include "pki/messages/admin.h"

namespace admin {

pki::Result<std::shared_ptr<DryRun>> DryRuns::take(const std::string& name, Moment now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(held_, [&](const auto& entry) {
    // One whose batch is being judged is in use, however long that takes.
    return entry.second.dry_run.use_count() == 1 && now - entry.second.used > kIdleLife;
  });
  const auto found = held_.find(name);
  if (found != held_.end()) {
    found->second.used = now;
    return found->second.dry_run;
  }
  if (held_.size() >= kHeldMax) return pki::fail(pki::Errc::too_busy, messages::dry_runs_many);
  return held_.emplace(name, Held{std::make_shared<DryRun>(), now}).first->second.dry_run;
}

bool DryRuns::end(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return held_.erase(name) > 0;
}

}  // namespace admin
