// A feed's way to the server: in batches, over a few connections, some rounds ahead of the answers.
//
// All events of one resident go over the same connection, one batch after the other, so that their order
// holds. How many rounds are on their way bounds the memory.

#pragma once

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "cli/command.h"
#include "cli/feed.h"

namespace cli {

// A record and what became of it.
struct LineResult {
  FeedRecord record;
  // What the server answered: of a refused event the members of a problem (RFC 9457), else `repeated` and
  // `certificates_changed`. Empty until then, and of a record that could not be read.
  json::object answer;
};

// Records that are sent together, in the order of the feed.
struct Round {
  std::vector<LineResult> outcomes;
  std::vector<std::future<void>> shares;  // One for each connection; sender's own.
};

enum class FeedRun : std::uint8_t { record, dry_run };

class FeedSender final {
 public:
  // Throws Failure when the server does not answer.
  FeedSender(const CommonOptions& common, FeedRun run);
  // Waits for what is on its way.
  ~FeedSender();
  FeedSender(const FeedSender&) = delete;
  FeedSender& operator=(const FeedSender&) = delete;

  // Returns at once; `round` must stay where it is until wait() has returned for it.
  void send(Round& round);
  // Until every event of the round is answered. Throws Failure when the server was lost, or could not do its
  // work: nothing more is then sent on any connection.
  void wait(Round& round);

 private:
  // One connection, used by one thread for one share after the other.
  struct Lane;
  // The events from `next` on that one request holds; moves `next` behind them.
  [[nodiscard]] std::string take_body(const std::vector<LineResult*>& events, std::size_t& next) const;
  void send_share(AdminClient& client, const std::vector<LineResult*>& events);
  void guard(const std::function<void()>& work);

  const FeedRun run_;
  // Under which the server goes on with a dry run from batch to batch; empty for what is recorded.
  std::string rehearsal_;
  std::mutex mutex_;
  std::exception_ptr failure_;  // Guarded by mutex_; the first one.
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace cli
