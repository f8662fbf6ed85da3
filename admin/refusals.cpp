// Counting what repeats, and submitting without waiting.

#include "admin/refusals.h"

#include <atomic>
#include <map>
#include <mutex>

namespace admin {

namespace {

// Entries that may wait for their commit.
constexpr std::size_t kWaitingMax = 1'000;
// Sorts that are remembered; a caller without a name can make up as many addresses as it likes.
constexpr std::size_t kSortsMax = 10'000;

}  // namespace

struct Refusals::Backlog {
  // Whether there was none of its sort within the last minute.
  bool is_new(const std::string& sort, pki::Time now) {
    const std::lock_guard lock(mutex);
    std::erase_if(written_at, [&](const auto& entry) {
      return entry.second + kRefusalRepeats <= now || entry.second > now;
    });
    return written_at.size() < kSortsMax && written_at.emplace(sort, now).second;
  }

  std::mutex mutex;
  std::map<std::string, pki::Time> written_at;  // Guarded by mutex.
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::uint64_t> left_out{0};
};

Refusals::Refusals(store::Writer& writer, const pki::Clock& clock)
    : writer_(writer), clock_(clock), backlog_(std::make_shared<Backlog>()) {}

Refusals::~Refusals() = default;

void Refusals::note(const registry::Actor& actor, const std::string& action) {
  const std::string sort = actor.operator_name + '\0' + to_string(actor) + '\0' + action;
  if (!backlog_->is_new(sort, clock_.now())) {
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
