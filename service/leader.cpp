// Raising the epoch, and renewing.

#include "service/leader.h"

#include "pki/messages/service.h"
#include "registry/schema.h"
#include "store/log_view.h"

namespace service {

pki::Result<void> compare_clocks(pki::Time log, pki::Time here) {
  const pki::Seconds apart = log > here ? log - here : here - log;
  if (apart <= store::kClocksApart) return {};
  return pki::fail(pki::Errc::conflict,
                   {messages::clocks_apart, pki::to_rfc3339(here), pki::to_rfc3339(log)});
}

pki::Result<std::unique_ptr<Leader>> Leader::take_over(LogMember& member, store::Environment& environment) {
  // Most of the rows before the lease begins to run.
  TRY(store::LogView(environment, registry::kSchema).catch_up(*member.rows));
  TRY_ASSIGN(const store::LogStatus before, member.lease->status());
  TRY(compare_clocks(before.now, member.wall.now()));
  TRY_ASSIGN(store::Leadership leadership, store::take_over(environment, registry::kSchema, *member.rows,
                                                            member.machine, pki::Rng::system()));
  const bool is_first = leadership.epoch().number == 1;
  const auto at = store::read_log_position(environment.read()).value();
  std::unique_ptr<Leader> leader(new Leader(member, std::move(leadership), at));
  if (!is_first) member.wait(kQuietTime);
  leader->renew();
  if (auto why = leader->replaced()) return pki::fail(pki::Errc::conflict, std::move(*why));
  return leader;
}

Leader::Leader(LogMember& member, store::Leadership leadership, const store::LogPosition& at)
    : member_(member),
      leases_({.acknowledge = member.acknowledge, .length = member.read_lease, .elapsed = member.elapsed},
              at),
      leadership_(std::move(leadership)),
      epoch_(leadership_.epoch()) {
  leadership_.acknowledge_by(leases_);
}

Leader::~Leader() {
  member_.lease->release(epoch_);
}

void Leader::renew() {
  const std::int64_t since = member_.elapsed();
  const auto renewed = member_.lease->renew(epoch_);
  const std::lock_guard lock(mutex_);
  if (renewed.has_value()) {
    away_.reset();
    if (!replaced_) holds_until_ = since + kAnswerTime.count();
    return;
  }
  away_ = renewed.error().message;
  if (renewed.error().code != pki::Errc::conflict) return;
  replaced_ = away_;
  holds_until_ = since;
  leases_.end();
}

void Leader::serve_leases() {
  // What fails here is tried again, and readiness says so by the renewals.
  static_cast<void>(leases_.step(*member_.grants, epoch_));
}

// A snapshot is never beyond the store as it is now.
pki::Result<void> Leader::wait_for_acknowledgement(const store::Environment& environment) {
  const std::uint64_t row = store::read_log_position(environment.read()).value().number;
  if (leases_.wait_for(row)) return {};
  return pki::fail(pki::Errc::too_busy, messages::not_acknowledged);
}

void Leader::report() {
  const std::int64_t now = member_.elapsed();
  if (reported_at_ && now - *reported_at_ < member_.report_interval.count()) return;
  reported_at_ = now;
  // How far its store is, never how far the log is: `cluster trim` removes what every machine says it has.
  // What fails here is tried again.
  const auto status = member_.lease->status();
  if (status.has_value() && status->epoch == epoch_)
    static_cast<void>(
        member_.lease->report({.name = member_.machine, .role = "leader", .row = leases_.stored_row()}));
}

std::optional<pki::Message> Leader::fault() const {
  if (holds()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return pki::Message{messages::lease_has_ended, away_.value_or(messages::lease_not_renewed)};
}

std::optional<pki::Message> Leader::replaced() const {
  const std::lock_guard lock(mutex_);
  return replaced_;
}

}  // namespace service
