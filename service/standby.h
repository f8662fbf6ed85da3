// A machine that stands by: its store follows the log, and it takes over when no machine leads. Meanwhile it
// answers status under read leases (docs/cluster.md, section 5).

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "pki/message.h"
#include "pki/result.h"
#include "service/leader.h"
#include "store/environment.h"
#include "store/log_view.h"

namespace service {

// What is known of the log, for those who ask this machine.
struct StandbyState {
  // The machine that leads and where its operators' API is; empty when none leads, or it is not known.
  std::string leader, address;
  // How far the store is.
  std::uint64_t row = 0;
  // Why the store does not follow, or this machine may not lead.
  std::optional<pki::Message> fault;
};

// A view follows and answers as a machine that stands by does, and never leads: it has no key of an
// authority, and its role in the database may not raise the epoch.
enum class FollowerRole : std::uint8_t { standby, view };

// step() from one thread, the rest from any.
class Standby final {
 public:
  // What must be here before this machine may lead: its keys. Asked whenever it looks who leads.
  using MayLead = std::function<pki::Result<void>(const store::ReadTransaction&)>;

  // Called when the store has changed, before the leader hears of it: what must be in use before this machine
  // answers from these rows. And once in a while.
  using OnRows = std::function<void(const store::ReadTransaction&)>;

  // All must outlive the object; nothing else writes to the store meanwhile.
  Standby(LogMember& member, store::Environment& environment, MayLead may_lead, OnRows on_rows = {},
          FollowerRole role = FollowerRole::standby);

  // One round: applies the rows that the store lacks, keeps its read lease, and now and then looks who leads,
  // says how far it is, and tries to lead when no machine does. Gives the leadership when it has come to this
  // machine. Never throws.
  [[nodiscard]] std::unique_ptr<Leader> step();
  // Between two rounds.
  static constexpr std::chrono::milliseconds kRounds{20};
  [[nodiscard]] StandbyState state() const;
  // Whether the store has every row that was acknowledged. Ask after a question has arrived and before its
  // snapshot is opened.
  [[nodiscard]] bool holds_lease() const { return member_.elapsed() < lease_until_; }
  // Between two looks who leads.
  static constexpr std::chrono::milliseconds kLooks{200};

 private:
  pki::Result<std::unique_ptr<Leader>> follow();
  pki::Result<std::unique_ptr<Leader>> look();
  pki::Result<void> keep_lease(const store::LogPosition& at);
  [[nodiscard]] bool must_ask_again(std::int64_t now) const;
  void note(const store::LogStatus& status, std::uint64_t row);
  void note_fault(std::optional<pki::Message> fault);

  LogMember& member_;
  store::Environment& environment_;
  const MayLead may_lead_;
  const OnRows on_rows_;
  const FollowerRole role_;
  // Whether this machine's clock is the log's; else it answers nothing.
  bool is_clock_right_ = false;
  // By member_.elapsed, all four.
  std::optional<std::int64_t> looked_at_, reported_at_, asked_at_;
  std::atomic<std::int64_t> lease_until_{0};
  // The last request for a lease, whether it has arrived as it is here, and whether it was granted.
  store::LeaseRequest request_;
  bool has_arrived_ = false, is_granted_ = false, has_had_lease_ = false;
  // Of the last lease that was granted; before the first, of this machine's setting.
  std::chrono::milliseconds length_;
  mutable std::mutex mutex_;
  StandbyState state_;  // Guarded by mutex_.
};

}  // namespace service
