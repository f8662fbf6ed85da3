// Counting what repeats, and submitting without waiting. What one operator has beyond a thousand different
// refusals a minute is counted as well, so that it silences no other one's.

#include "admin/refusals.h"

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>

namespace admin {

namespace {

// Entries that may wait for their commit.
constexpr std::size_t kWaitingMax = 10'000;
// Different refusals of one operator within a minute; what exceeds them is counted.
constexpr std::size_t kOfOneOperatorMax = 1'000;

}  // namespace

struct Refusals::Backlog {
  // Whether `who` had none of this sort within the last minute, and not too many others.
  bool is_new(const std::string& who, const std::string& sort, pki::Time now) {
    const std::lock_guard lock(mutex);
    // An entry of the future is one of before the clock was put back.
    for (; !written.empty() && (written.front().at + kRefusalRepeats <= now || written.front().at > now);
         written.pop_front()) {
      const auto owner = sorts.find(written.front().who);
      owner->second.erase(written.front().sort);
      if (owner->second.empty()) sorts.erase(owner);
    }
    std::set<std::string>& own = sorts[who];
    if (own.size() >= kOfOneOperatorMax || !own.insert(sort).second) return false;
    written.push_back({now, who, sort});
    return true;
  }

  struct Written {
    pki::Time at;
    std::string who, sort;
  };
  std::mutex mutex;
  // Guarded by mutex: the sorts of each operator, and all of them in the order of their time.
  std::map<std::string, std::set<std::string>> sorts;
  std::deque<Written> written;
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::uint64_t> left_out{0};
};

Refusals::Refusals(store::Writer& writer, const pki::Clock& clock)
    : writer_(writer), clock_(clock), backlog_(std::make_shared<Backlog>()) {}

Refusals::~Refusals() = default;

void Refusals::note(const registry::Actor& actor, const std::string& action) {
  // Callers that are no operators can make up as many addresses as they like: they share one account.
  const std::string who = actor.role == registry::Role::system ? std::string() : actor.operator_name;
  const std::string sort = actor.operator_name + '\0' + to_string(actor) + '\0' + action;
  if (!backlog_->is_new(who, sort, clock_.now())) {
    backlog_->left_out.fetch_add(1);
    return;
  }
  if (backlog_->waiting.fetch_add(1) >= kWaitingMax) {
    backlog_->waiting.fetch_sub(1);
    backlog_->left_out.fetch_add(1);
    return;
  }
  const std::uint64_t left_out = backlog_->left_out.exchange(0);
  writer_.submit({.actor = actor,
                  .action = "refused: " + action,
                  .run =
                      [left_out](store::CommandContext& context) {
                        if (left_out > 0)
                          context.subjects = {"refusals left out " + std::to_string(left_out)};
                        return pki::Result<void>{};
                      }},
                 [backlog = backlog_, left_out](const pki::Result<void>& written) {
                   backlog->waiting.fetch_sub(1);
                   // Refusals that could not be written are counted in the next entry.
                   if (written.has_error()) backlog->left_out.fetch_add(left_out + 1);
                 });
}

}  // namespace admin
