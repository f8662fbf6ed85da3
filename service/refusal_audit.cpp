// Counting what waits and what repeats, and submitting without waiting.

#include "service/refusal_audit.h"
#include "registry/actor.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace service {

namespace {

// Shared with the commands that wait, which may outlive the hook.
struct Backlog {
  RecentRefusals recent;
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::uint64_t> left_out{0};
};

}  // namespace

bool RecentRefusals::is_new(const ocsp::Refusal& refusal, pki::Time now) {
  const auto& credential = refusal.requester.credential;
  const Sort sort{refusal.requester.verifier, credential ? std::optional(credential->value) : std::nullopt,
                  refusal.kind};
  const std::lock_guard lock(mutex_);
  std::erase_if(written_at_, [&](const auto& entry) {
    return entry.second + kRefusalRepeats <= now || entry.second > now;
  });
  return written_at_.emplace(sort, now).second;
}

std::string action_of(ocsp::RefusalKind kind) {
  return "ocsp refusal: " + std::string(ocsp::to_string(kind));
}

std::vector<std::string> subjects_of(const ocsp::Refusal& refusal, std::uint64_t left_out) {
  std::vector<std::string> subjects = {"verifier " + std::to_string(refusal.requester.verifier)};
  if (refusal.requester.credential)
    subjects.push_back("credential " + pki::to_string(*refusal.requester.credential));
  if (left_out > 0) subjects.push_back("refusals left out " + std::to_string(left_out));
  return subjects;
}

std::function<void(const ocsp::Refusal&)> make_refusal_audit(store::Writer& writer, const pki::Clock& clock,
                                                             std::size_t waiting_max) {
  return [&writer, &clock, waiting_max, backlog = std::make_shared<Backlog>()](const ocsp::Refusal& refusal) {
    if (!backlog->recent.is_new(refusal, clock.now())) {
      backlog->left_out.fetch_add(1);
      return;
    }
    if (backlog->waiting.fetch_add(1) >= waiting_max) {
      backlog->waiting.fetch_sub(1);
      backlog->left_out.fetch_add(1);
      return;
    }
    const std::uint64_t left_out = backlog->left_out.exchange(0);
    writer.submit({.actor = registry::system_actor(),
                   .action = action_of(refusal.kind),
                   .run =
                       [subjects = subjects_of(refusal, left_out)](store::CommandContext& context) {
                         context.subjects = subjects;
                         return pki::Result<void>{};
                       }},
                  [backlog, left_out](const pki::Result<void>& written) {
                    backlog->waiting.fetch_sub(1);
                    // What could not be written is counted in the next entry that can.
                    if (written.has_error()) backlog->left_out.fetch_add(left_out + 1);
                  });
  };
}

}  // namespace service
