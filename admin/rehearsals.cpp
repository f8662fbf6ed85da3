// A few at a time, each with an end.

#include "admin/rehearsals.h"

namespace admin {

pki::Result<std::shared_ptr<Rehearsal>> Rehearsals::take(const std::string& name, Moment now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(held_, [&](const auto& entry) {
    // One whose batch is being judged is in use, however long that takes.
    return entry.second.rehearsal.use_count() == 1 && now - entry.second.used > kIdleLife;
  });
  const auto found = held_.find(name);
  if (found != held_.end()) {
    found->second.used = now;
    return found->second.rehearsal;
  }
  if (held_.size() >= kHeldMax)
    return pki::fail(pki::Errc::too_busy,
                     "others are rehearsing: try again in a minute, or end a rehearsal that is done");
  return held_.emplace(name, Held{std::make_shared<Rehearsal>(), now}).first->second.rehearsal;
}

bool Rehearsals::end(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return held_.erase(name) > 0;
}

}  // namespace admin
