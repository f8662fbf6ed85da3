// Rows first, then the question who leads.

#include "service/standby.h"

#include "registry/schema.h"
#include "store/log_view.h"

namespace service {

std::unique_ptr<Leader> Standby::step() {
  try {
    auto led = follow();
    if (led.has_value()) return std::move(*led);
    note_fault(led.error().message);
  } catch (const std::exception& error) {
    // A store that cannot be written: it is tried again.
    note_fault(pki::message_of(error));
  }
  return nullptr;
}

pki::Result<std::unique_ptr<Leader>> Standby::follow() {
  TRY_ASSIGN(const std::uint64_t row,
             store::LogView(environment_, registry::kSchema).catch_up(*member_.rows));
  TRY_ASSIGN(const store::LogStatus status, member_.lease->status());
  note(status, row);
  const std::int64_t now = member_.elapsed();
  if (!reported_at_ || now - *reported_at_ >= member_.report_interval.count()) {
    TRY(member_.lease->report({.name = member_.machine, .role = "standby", .row = row}));
    reported_at_ = now;
  }
  TRY(may_lead_(environment_.read()));
  note_fault(std::nullopt);
  if (status.lease_left.count() > 0) return std::unique_ptr<Leader>();
  return Leader::take_over(member_, environment_);
}

void Standby::note(const store::LogStatus& status, std::uint64_t row) {
  const bool is_led = status.lease_left.count() > 0;
  const std::lock_guard lock(mutex_);
  state_.leader = is_led ? status.machine : std::string();
  state_.address = is_led ? status.address : std::string();
  state_.row = row;
}

void Standby::note_fault(std::optional<pki::Message> fault) {
  const std::lock_guard lock(mutex_);
  state_.fault = std::move(fault);
}

StandbyState Standby::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace service
