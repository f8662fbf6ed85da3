// A machine that stands by: its store follows the log, and it takes over when no machine leads.

#pragma once

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

// step() from one thread, state() from any.
class Standby final {
 public:
  // What must be here before this machine may lead: its keys. Asked in every round.
  using MayLead = std::function<pki::Result<void>(const store::ReadTransaction&)>;

  // All must outlive the object; nothing else writes to the store meanwhile.
  Standby(LogMember& member, store::Environment& environment, MayLead may_lead)
      : member_(member), environment_(environment), may_lead_(std::move(may_lead)) {}

  // One round: applies the rows that the store lacks, says how far it is, and tries to lead when no machine
  // does. Gives the leadership when it has come to this machine. Never throws.
  [[nodiscard]] std::unique_ptr<Leader> step();
  [[nodiscard]] StandbyState state() const;

 private:
  pki::Result<std::unique_ptr<Leader>> follow();
  void note(const store::LogStatus& status, std::uint64_t row);
  void note_fault(std::optional<pki::Message> fault);

  LogMember& member_;
  store::Environment& environment_;
  const MayLead may_lead_;
  std::optional<std::int64_t> reported_at_;  // By member_.elapsed.
  mutable std::mutex mutex_;
  StandbyState state_;  // Guarded by mutex_.
};

}  // namespace service
